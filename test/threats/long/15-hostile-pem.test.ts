import t from 'tap'
import { makeCast } from '../../adapters/x509/hostile.ts'
import {
  certificateOf,
  makeHostileKeys,
  makeHostilePem,
  makeLockedKeys,
  makeUnfitPairs,
  makeWrongPem,
} from '../../adapters/x509/hostile-pem.ts'
import { makeCertificate } from '../../adapters/x509/make-certificate.ts'
import { openOpenssl } from '../../adapters/x509/openssl.ts'
import { certificates, testRefusals } from '../../adapters/x509/refuse-hostile.ts'

const cast = await makeCast(openOpenssl(t))
// All are made before the first is read, because to make them is work too.
const kinds = [
  { name: 'a pair that is unfit', all: await makeUnfitPairs(cast) },
  { name: 'a key that stays locked', all: makeLockedKeys(cast) },
  { name: 'PEM sent by mistake', all: makeWrongPem(cast) },
  { name: 'PEM built to block', all: await makeHostilePem(cast) },
  { name: 'a key of hostile numbers', all: makeHostileKeys(cast) },
]

for (const { name, all } of kinds) testRefusals(t, name, all)

t.test('a certificate alone is judged like one with its key', async (t) => {
  const cases = [
    { certificate: await makeCertificate({ bits: 1024 }), detail: /key has 1024 bits/ },
    { certificate: await makeCertificate({ algorithm: 'ECDSA' }), detail: /key is EC, not RSA/ },
    { certificate: await makeCertificate({ from: -10, to: -1 }), detail: /has expired/ },
    { certificate: await makeCertificate({ from: 31, to: 90 }), detail: /not valid for another 30 days/ },
    { certificate: { pem: await certificateOf(2n ** 8191n + 1n) }, detail: /key has 8192 bits/ },
    { certificate: { pem: 'no certificate' }, detail: /No certificate/ },
    { certificate: { pem: ' '.repeat(65_537) }, detail: /more than 65536 bytes/ },
  ]
  for (const { certificate, detail } of cases) {
    t.match(await certificates.readPublic(certificate.pem), { ok: false, failure: { detail } })
  }
})
