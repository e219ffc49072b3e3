import 'reflect-metadata'
import { KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import {
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { CertificateBundle, CertificateOrder } from '../../broker/credential-ports.ts'
import type { Clock, Random } from '../../broker/ports.ts'
import { toBundle } from './bundle.ts'

const day = 86_400_000
const signature = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const clientAuthentication = '1.3.6.1.5.5.7.3.2'

type Generate = (order: CertificateOrder) => Promise<CertificateBundle>

/**
 * Key pairs are made on the thread pool, where a 4096-bit one takes a second or more. They are made one after
 * the other, because several would fill the pool, which signs assertions too.
 */
export function createGenerate(clock: Clock, random: Random): Generate {
  let last: Promise<unknown> = Promise.resolve()
  return (order) => {
    const bundle = last.then(() => generate(order, clock, random))
    last = bundle.catch(() => undefined)
    return bundle
  }
}

async function generate(order: CertificateOrder, clock: Clock, random: Random): Promise<CertificateBundle> {
  const keys = await webcrypto.subtle.generateKey(
    { ...signature, modulusLength: order.keySize, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  )
  const now = clock.now()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(random),
    name: order.subject,
    // Entra compares with its own clock, which may be a little behind.
    notBefore: new Date(now - 300_000),
    notAfter: new Date(now + order.validityDays * day),
    keys,
    signingAlgorithm: signature,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([clientAuthentication]),
    ],
  })
  return toBundle(new X509Certificate(Buffer.from(certificate.rawData)), [], KeyObject.from(keys.privateKey))
}

/** Positive and at most 20 octets (RFC 5280 §4.1.2.2). */
function serialNumber(random: Random): string {
  const bytes = random.bytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
