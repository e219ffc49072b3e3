import { createHash, type KeyObject, X509Certificate } from 'node:crypto'

/** A certificate as the portal keeps it: the public part and what names it. */
export interface UploadedCertificate {
  /** Upper-case hex, as the portal shows it. */
  readonly sha1: string
  /** base64url, as `x5t` and `x5t#S256` carry it (RFC 7515 §4.1.7 and §4.1.8). */
  readonly x5t: string
  readonly x5tS256: string
  readonly publicKey: KeyObject
  /** Unix time in milliseconds. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Undefined where the text is no certificate, or holds a private key, which nobody may hand out. */
export function readCertificate(pem: string): UploadedCertificate | undefined {
  if (pem.includes('PRIVATE KEY-----')) return undefined
  const certificate = parse(pem)
  if (certificate === undefined) return undefined
  const sha1 = createHash('sha1').update(certificate.raw).digest()
  const sha256 = createHash('sha256').update(certificate.raw).digest()
  return {
    sha1: sha1.toString('hex').toUpperCase(),
    x5t: sha1.toString('base64url'),
    x5tS256: sha256.toString('base64url'),
    publicKey: certificate.publicKey,
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}
