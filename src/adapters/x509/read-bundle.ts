import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { CertificateBundle, Clock } from '../../broker/ports.ts'
import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
/** A leaf and its chain; more is not a certificate somebody uses. */
const mostCertificates = 10

/** Checks what somebody else made: an RSA certificate that Entra takes, and the one private key that it names. */
export function readBundle(
  certificatePem: string,
  privateKeyPem: string,
  clock: Clock,
): Result<CertificateBundle, CredentialFailure> {
  const certificates = readCertificates(certificatePem)
  if (certificates === undefined) {
    return refuse(
      'The certificate is not PEM that can be read.',
      'Give one X.509 certificate as PEM, its chain after it.',
    )
  }
  const [leaf, ...chain] = certificates
  const key = readPrivateKey(privateKeyPem)
  if (key === undefined) {
    return refuse(
      'The private key cannot be read.',
      'Give an unencrypted PKCS#8 or PKCS#1 key as PEM. To decrypt one: openssl pkcs8 -in key.pem -out plain.pem',
    )
  }
  const fault = judge(leaf, key, clock)
  return fault ?? ok(toBundle(leaf, chain, key))
}

function readCertificates(pem: string): [X509Certificate, ...X509Certificate[]] | undefined {
  const [first, ...rest] = pem.match(pemBlock) ?? []
  if (first === undefined || rest.length >= mostCertificates) return undefined
  try {
    return [new X509Certificate(first), ...rest.map((block) => new X509Certificate(block))]
  } catch {
    return undefined
  }
}

function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, format: 'pem' })
  } catch {
    return undefined
  }
}

function judge(
  leaf: X509Certificate,
  key: KeyObject,
  clock: Clock,
): Result<never, CredentialFailure> | undefined {
  if (key.asymmetricKeyType !== 'rsa' || leaf.publicKey.asymmetricKeyType !== 'rsa') {
    return refuse('The key is not RSA.', 'Entra signs application assertions with RSA keys alone.')
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < 2048 || bits > 4096) {
    return refuse(`The RSA key has ${bits} bits.`, 'Use 2048, 3072 or 4096 bits.')
  }
  if (!leaf.checkPrivateKey(key)) {
    return refuse(
      'The private key does not belong to the certificate.',
      'The first certificate must be the one that the key was made for.',
    )
  }
  if (leaf.validToDate.getTime() <= clock.now()) {
    return refuse('The certificate has expired.', 'Make a new certificate; Entra refuses an expired one.')
  }
  return undefined
}

export function toBundle(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  key: KeyObject,
): CertificateBundle {
  return {
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: [leaf, ...chain].map((certificate) => certificate.toString()).join(''),
    thumbprintSha1: leaf.fingerprint.replaceAll(':', ''),
    thumbprintSha256: Buffer.from(leaf.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    notBefore: leaf.validFromDate.toISOString(),
    expiresAt: leaf.validToDate.toISOString(),
  }
}

function refuse(detail: string, hint: string): Result<never, CredentialFailure> {
  return fail({ code: 'certificate_refused', detail, hint })
}
