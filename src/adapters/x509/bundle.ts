import type { KeyObject, X509Certificate } from 'node:crypto'
import type { CertificateBundle } from '../../broker/credential-ports.ts'
import type { PublicCertificate } from '../../domain/credential.ts'

export function toPublicCertificate(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
): PublicCertificate {
  return {
    certificatePem: [leaf, ...chain].map((certificate) => certificate.toString()).join(''),
    thumbprintSha1: leaf.fingerprint.replaceAll(':', ''),
    thumbprintSha256: Buffer.from(leaf.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    notBefore: leaf.validFromDate.toISOString(),
    expiresAt: leaf.validToDate.toISOString(),
  }
}

/** The private key as PKCS#8, unencrypted: the vault protects it. */
export function toBundle(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  key: KeyObject,
): CertificateBundle {
  return {
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ...toPublicCertificate(leaf, chain),
  }
}
