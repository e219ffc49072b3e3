import { X509Certificate } from 'node:crypto'
import { type AlgorithmIdentifier, Certificate } from '@peculiar/asn1-x509'
import type { CredentialFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { nameKeyKind, oid } from './algorithms.ts'
import { parseDer, toDer } from './der.ts'
import { howToMakeOne, refuse } from './refusal.ts'
import { type RsaPublicKey, readRsaPublicKey } from './rsa-key.ts'

export interface ParsedCertificate {
  readonly certificate: X509Certificate
  readonly keyKind: string
  /** Undefined where the key is not RSA. */
  readonly publicKey: RsaPublicKey | undefined
}

const objectIdentifierTag = 0x06

/** OpenSSL builds the public key as soon as it parses a certificate, so that the key is looked at before. */
export function parseCertificate(der: Buffer): Result<ParsedCertificate, CredentialFailure> {
  // A certificate is DER (RFC 5280 §4.1); of what is not, OpenSSL might read something else than was checked.
  const parsed = toDer(der)?.equals(der) ? parseDer(der, Certificate) : undefined
  if (parsed === undefined) return refuseUnreadable()
  const { algorithm, subjectPublicKey } = parsed.tbsCertificate.subjectPublicKeyInfo
  const keyKind = nameKeyKind(algorithm.algorithm)
  if (keyKind === undefined || !isNamedCurve(algorithm)) {
    return refuse(
      'A certificate has a key of a kind, or on a curve, that is not known here.',
      `Use a certificate with an RSA key. ${howToMakeOne}`,
    )
  }
  const publicKey = keyKind === 'RSA' ? readRsaPublicKey(subjectPublicKey) : undefined
  if (keyKind === 'RSA' && publicKey === undefined) return refuseUnreadable()
  try {
    return ok({ certificate: new X509Certificate(der), keyKind, publicKey })
  } catch {
    return refuseUnreadable()
  }
}

/** Parameters of a curve (RFC 3279 §2.3.5) are calculated with while they are parsed; a name is looked up. */
function isNamedCurve({ algorithm, parameters }: AlgorithmIdentifier): boolean {
  if (algorithm !== oid.ecPublicKey) return true
  return parameters instanceof ArrayBuffer && new Uint8Array(parameters)[0] === objectIdentifierTag
}

function refuseUnreadable(): Result<never, CredentialFailure> {
  return refuse(
    'A certificate is not X.509 that can be read.',
    'It may be damaged. To look at it: openssl x509 -in certificate.pem -noout -text',
  )
}
