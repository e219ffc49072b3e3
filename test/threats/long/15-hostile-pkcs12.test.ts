import t from 'tap'
import { makeCast } from '../../adapters/x509/hostile.ts'
import {
  makeCostlyPkcs12,
  makeHostileAsn1,
  makeStrangePkcs12,
  makeWrongPkcs12,
} from '../../adapters/x509/hostile-pkcs12.ts'
import { openOpenssl } from '../../adapters/x509/openssl.ts'
import { testRefusals } from '../../adapters/x509/refuse-hostile.ts'

const cast = await makeCast(openOpenssl(t))
// All are made before the first is read, because to make them is work too.
const kinds = [
  { name: 'PKCS#12 sent by mistake', all: makeWrongPkcs12(cast) },
  { name: 'hostile ASN.1', all: makeHostileAsn1() },
  { name: 'PKCS#12 built to take long', all: makeCostlyPkcs12() },
  { name: 'PKCS#12 of a strange kind', all: makeStrangePkcs12() },
]

for (const { name, all } of kinds) testRefusals(t, name, all)
