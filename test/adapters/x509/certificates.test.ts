import 'reflect-metadata'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { X509Certificate as Parsed } from '@peculiar/x509'
import t from 'tap'
import { createCertificates } from '../../../src/adapters/x509/certificates.ts'
import type { Random } from '../../../src/broker/ports.ts'
import { makeCertificate, pemOf } from './make-certificate.ts'
import { makePkcs12 } from './make-pkcs12.ts'

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

t.test(
  'certificates are generated one after the other, the long ones first if they came first',
  async (t) => {
    const certificates = createCertificates(clock, bytes(1))
    const done: string[] = []
    const generate = async (keySize: 2048 | 4096, name: string) => {
      await certificates.generate({ ...order, keySize })
      done.push(name)
    }
    await Promise.all([generate(4096, 'first'), generate(2048, 'second'), generate(2048, 'third')])
    t.strictSame(done, ['first', 'second', 'third'])
  },
)

t.test('a generation that fails does not keep the next from its turn', async (t) => {
  let calls = 0
  const failing: Random = {
    ...bytes(1),
    bytes: (length) => {
      calls += 1
      if (calls === 1) throw new Error('no randomness')
      return Buffer.alloc(length, 1)
    },
  }
  const certificates = createCertificates(clock, failing)
  const [first, second] = await Promise.allSettled([
    certificates.generate(order),
    certificates.generate(order),
  ])
  t.equal(first.status, 'rejected')
  t.equal(second.status, 'fulfilled')
})

t.test('a certificate from elsewhere keeps its chain and loses what is not its own', async (t) => {
  const root = await makeCertificate()
  const leaf = await makeCertificate({ issuer: root })
  const certificates = createCertificates({ now: () => Date.now(), monotonic: () => 0 }, bytes(1))
  const certificate = `Bag Attributes\n${leaf.pem}subject=CN = made\n${root.pem}trailing`
  const result = await certificates.read({ form: 'pem', certificate, privateKey: pemOf(leaf.key, 'pkcs1') })
  if (!result.ok) return t.fail(result.failure.code)
  t.notMatch(result.value.certificatePem, /Bag Attributes|subject=|trailing|PRIVATE/)
  t.equal(result.value.certificatePem.match(/BEGIN/g)?.length, 2)
  t.match(result.value.privateKeyPem, /^-----BEGIN PRIVATE KEY-----/)
  const pfx = makePkcs12({
    keys: [leaf.key.export({ type: 'pkcs8', format: 'der' })],
    certificates: [leaf, root].map((made) => Buffer.from(made.certificate.rawData)),
  })
  const fromFile = await certificates.read({ form: 'pkcs12', pkcs12: pfx.toString('base64') })
  t.strictSame(fromFile, result, 'the same from PKCS#12')
  const { privateKeyPem: _, ...publicPart } = result.value
  const alone = await certificates.readPublic(certificate)
  t.strictSame(alone, { ok: true, value: publicPart }, 'and without its key')
})

t.test('a certificate is expired by the clock of the broker', async (t) => {
  const made = await makeCertificate({ to: 1 })
  const end = new X509Certificate(made.pem).validToDate.getTime()
  const material = { form: 'pem', certificate: made.pem, privateKey: pemOf(made.key) } as const
  const readAt = (moment: number) =>
    createCertificates({ now: () => moment, monotonic: () => 0 }, bytes(1)).read(material)
  t.match(await readAt(end - 1), { ok: true })
  t.match(await readAt(end), { ok: false, failure: { detail: /has expired/ } })
})
