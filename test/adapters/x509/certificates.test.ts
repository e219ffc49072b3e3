import 'reflect-metadata'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { X509Certificate as Parsed } from '@peculiar/x509'
import t from 'tap'
import { createCertificates } from '../../../src/adapters/x509/certificates.ts'
import type { Random } from '../../../src/broker/ports.ts'
import { makeCertificate, pemOf } from './make-certificate.ts'

const now = Date.UTC(2026, 10, 20, 12)
const clock = { now: () => now, monotonic: () => 0 }
const bytes = (fill: number): Random => ({
  fraction: () => 0,
  bytes: (length) => Buffer.alloc(length, fill),
  uuid: () => '',
})
const order = { subject: 'CN=contoso-sync', keySize: 2048, validityDays: 30 } as const

t.test('a generated certificate is one that Entra takes', async (t) => {
  const bundle = await createCertificates(clock, bytes(0xff)).generate(order)
  const certificate = new X509Certificate(bundle.certificatePem)
  t.ok(certificate.verify(certificate.publicKey), 'it signs itself')
  t.ok(certificate.checkPrivateKey(createPrivateKey(bundle.privateKeyPem)))
  t.match(bundle.privateKeyPem, /^-----BEGIN PRIVATE KEY-----/, 'PKCS#8, as Key Vault keeps its own')
  t.equal(certificate.subject, 'CN=contoso-sync')
  t.strictSame(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'], 'for clients')
  t.equal(certificate.ca, false)
  t.match(new Parsed(bundle.certificatePem).signatureAlgorithm, { name: 'RSASSA-PKCS1-v1_5' })
  t.equal(bundle.notBefore, '2026-11-20T11:55:00.000Z', 'from a little before, for clocks that are behind')
  t.equal(bundle.expiresAt, '2026-12-20T12:00:00.000Z')
})

t.test('both thumbprints are written as each reader of them expects', async (t) => {
  const bundle = await createCertificates(clock, bytes(1)).generate(order)
  const { fingerprint, fingerprint256 } = new X509Certificate(bundle.certificatePem)
  t.equal(bundle.thumbprintSha1, fingerprint.replaceAll(':', ''))
  t.match(bundle.thumbprintSha1, /^[0-9A-F]{40}$/)
  t.equal(
    Buffer.from(bundle.thumbprintSha256, 'base64url').toString('hex').toUpperCase(),
    fingerprint256.replaceAll(':', ''),
  )
})

t.test('a serial number is positive and short, whatever chance brings', async (t) => {
  for (const fill of [0, 0x7f, 0x80, 0xff]) {
    const { certificatePem } = await createCertificates(clock, bytes(fill)).generate(order)
    const { serialNumber } = new X509Certificate(certificatePem)
    t.match(serialNumber, /^[4-7][0-9A-F]{31}$/, `${fill}`)
  }
})

t.test('a certificate from elsewhere keeps its chain and loses what is not its own', async (t) => {
  const root = await makeCertificate()
  const leaf = await makeCertificate({ issuer: root })
  const before = { now: () => Date.now(), monotonic: () => 0 }
  const text = `Bag Attributes\n${leaf.pem}subject=CN = made\n${root.pem}trailing`
  const result = createCertificates(before, bytes(1)).read(text, pemOf(leaf.key, 'pkcs1'))
  if (!result.ok) return t.fail(result.failure.code)
  t.notMatch(result.value.certificatePem, /Bag|trailing|PRIVATE/)
  t.equal(result.value.certificatePem.match(/BEGIN/g)?.length, 2)
  t.match(result.value.privateKeyPem, /^-----BEGIN PRIVATE KEY-----/)
})

t.test('a certificate is expired by the clock of the broker, to the second', async (t) => {
  const made = await makeCertificate({ to: 1 })
  const end = new X509Certificate(made.pem).validToDate.getTime()
  const readAt = (moment: number) =>
    createCertificates({ now: () => moment, monotonic: () => 0 }, bytes(1)).read(made.pem, pemOf(made.key)).ok
  t.equal(readAt(end - 1), true)
  t.equal(readAt(end), false)
})
