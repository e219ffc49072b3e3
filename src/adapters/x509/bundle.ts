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
    thumbprintSha256: thumbprintSha256(leaf),
    notBefore: leaf.validFromDate.toISOString(),
    expiresAt: leaf.validToDate.toISOString(),
  }
}

/** As `x5t#S256` (RFC 7515 §4.1.8) carries it. */
export function thumbprintSha256({ fingerprint256 }: X509Certificate): string {
  return Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
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
