import fc from 'fast-check'
import t from 'tap'
import { readMaterial } from '../../../src/adapters/x509/read-material.ts'
import type { CertificateMaterial } from '../../../src/broker/credential-ports.ts'
import { toPem } from './der-writer.ts'
import { makePair, openOpenssl } from './openssl.ts'

const circumstances = { now: Date.now(), nonce: 'a nonce' }
const password = 'correct'
/** Milliseconds of work: what may be asked of OpenSSL, on a slow machine. */
const longest = 5000

const openssl = openOpenssl(t)
makePair(openssl, 'leaf')
const certificate = openssl.text('leaf.crt')
const key = openssl.text('leaf.key')

function writePkcs12(options: string): Buffer {
  openssl.run(
    `pkcs12 -export -inkey leaf.key -in leaf.crt -passout pass:${password} -out leaf.pfx ${options}`,
  )
  return Buffer.from(openssl.base64('leaf.pfx'), 'base64')
}

function toBytes(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----.*-----|\n/g, ''), 'base64')
}

type Mutation = (bytes: Buffer) => Buffer

/** A part of the length, so that a failing case shrinks to the same place. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

/** Most keep the lengths that are written in it right, so that they come deep. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, mask]) => (bytes: Buffer) => {
      const changed = Buffer.from(bytes)
      const offset = Math.floor(at * bytes.length)
      changed.writeUInt8(bytes.readUInt8(offset) ^ mask, offset)
      return changed
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(place, fc.nat({ max: 8 }), fc.uint8Array({ maxLength: 8 }))
      .map(([at, remove, insert]) => (bytes: Buffer) => {
        const offset = Math.floor(at * bytes.length)
        return Buffer.concat([bytes.subarray(0, offset), insert, bytes.subarray(offset + remove)])
      }),
  },
)
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 })

function mutate(bytes: Buffer, all: readonly Mutation[]): Buffer {
  return all.reduce((changed, mutation) => (changed.length === 0 ? changed : mutation(changed)), bytes)
}

const pkcs12 = (bytes: Buffer): CertificateMaterial => ({
  form: 'pkcs12',
  pkcs12: bytes.toString('base64'),
  password,
})

const cases: readonly (readonly [string, Buffer, (bytes: Buffer) => CertificateMaterial])[] = [
  ['PKCS#12', writePkcs12('-iter 1'), pkcs12],
  ['PKCS#12 without a MAC', writePkcs12('-iter 1 -nomac'), pkcs12],
  ['old PKCS#12 without a MAC', writePkcs12('-legacy -iter 1 -nomac'), pkcs12],
  ['PKCS#12 that is not protected', writePkcs12('-nomac -keypbe NONE -certpbe NONE'), pkcs12],
  ['a certificate', toBytes(certificate), (bytes) => pem(toPem('CERTIFICATE', bytes), key)],
  ['a private key', toBytes(key), (bytes) => pem(certificate, toPem('PRIVATE KEY', bytes))],
  ['the text of PEM', Buffer.from(key), (bytes) => pem(certificate, bytes.toString('latin1'))],
]

function pem(certificate: string, privateKey: string): CertificateMaterial {
  return { form: 'pem', certificate, privateKey, password }
}

for (const [name, bytes, toMaterial] of cases) {
  t.test(`${name} with any change is read or refused, and soon`, async (t) => {
    t.match(readMaterial(toMaterial(bytes), circumstances), { ok: true }, 'without a change it is read')
    fc.assert(
      fc.property(mutations, (all) => {
        const before = process.threadCpuUsage()
        const result = readMaterial(toMaterial(mutate(bytes, all)), circumstances)
        const { user } = process.threadCpuUsage(before)
        if (user / 1000 > longest) throw new Error(`it took ${user / 1000} ms`)
        return result.ok || result.failure.code === 'certificate_refused'
      }),
      { numRuns: 1000 },
    )
    t.pass('whatever the change')
  })
}
