import type { CertificateBundle, CertificateMaterial } from '../../broker/credential-ports.ts'
import type { PublicCertificate } from '../../domain/credential.ts'
import type { CredentialFailure } from '../../domain/failure.ts'
import type { Result } from '../../domain/result.ts'
import { decodeBase64 } from './base64.ts'
import { createIterationBudget } from './iteration-budget.ts'
import { judgeCertificate, judgePair } from './judge.ts'
import { isPem } from './pem.ts'
import { countPrivateKeys, readCertificates, readPrivateKey } from './read-pem.ts'
import { readPkcs12 } from './read-pkcs12.ts'
import { refuse } from './refusal.ts'

/** Bytes of PEM, or of what base64 stands for. A certificate with a long chain has a quarter of it. */
const largest = 65_536

export interface Circumstances {
  /** Milliseconds. */
  readonly now: number
  /** Something new, which the key signs to show that it can. */
  readonly nonce: string
}

type Read = Result<CertificateBundle, CredentialFailure>

/**
 * Reads what others made, and judges it. Pure, and as slow as the material makes it: never on the event loop.
 */
export function readMaterial(material: CertificateMaterial, circumstances: Circumstances): Read {
  if (material.form === 'pem') {
    return readPair(material.certificate, material.privateKey, material.password, circumstances)
  }
  if (material.form === 'pkcs12') return readFile(material.pkcs12, material.password, circumstances)
  const { value, contentType } = material
  const pem =
    contentType === 'application/x-pem-file' || (contentType !== 'application/x-pkcs12' && isPem(value))
  if (!pem) return readFile(value, undefined, circumstances, refuseWithoutKey)
  if (value.length <= largest && countPrivateKeys(value) === 0) return refuseWithoutKey()
  return readPair(value, value, undefined, circumstances)
}

export function readCertificate(pem: string, now: number): Result<PublicCertificate, CredentialFailure> {
  if (pem.length > largest) return refuseSize()
  const certificates = readCertificates(pem)
  return certificates.ok ? judgeCertificate(certificates.value, now) : certificates
}

function readPair(
  certificate: string,
  privateKey: string,
  password: string | undefined,
  { now, nonce }: Circumstances,
): Read {
  if (certificate.length > largest || privateKey.length > largest) return refuseSize()
  const certificates = readCertificates(certificate)
  if (!certificates.ok) return certificates
  const key = readPrivateKey(privateKey, password, createIterationBudget())
  return key.ok ? judgePair(key.value, certificates.value, now, nonce) : key
}

function readFile(
  base64: string,
  password: string | undefined,
  { now, nonce }: Circumstances,
  refuseKeyless = refuseFileWithoutKey,
): Read {
  // Four characters are three bytes; as many again may be line breaks.
  if (base64.length > largest * 2) return refuseSize()
  const der = decodeBase64(base64)
  if (der === undefined) return refuseText(base64)
  if (der.length > largest) return refuseSize()
  const parts = readPkcs12(der, password, createIterationBudget())
  if (!parts.ok) return parts
  const { key, certificates } = parts.value
  return key === undefined ? refuseKeyless() : judgePair(key, certificates, now, nonce)
}

function refuseSize(): Read {
  return refuse(
    `It has more than ${largest} bytes.`,
    'Send the certificate, its chain and its private key, and nothing else.',
  )
}

function refuseText(text: string): Read {
  if (isPem(text)) return refuse('It is PEM, not PKCS#12.', 'Send the certificate and the key as PEM.')
  return refuse('It is not base64.', 'Send a .pfx or .p12 file as base64 (RFC 4648 §4): base64 -w0 file.pfx')
}

function refuseFileWithoutKey(): Read {
  return refuse(
    'There is no private key in the PKCS#12 file.',
    'Export both: openssl pkcs12 -export -inkey key.pem -in certificate.pem -out file.pfx',
  )
}

function refuseWithoutKey(): Read {
  return refuse(
    'There is no private key in the secret.',
    'Where the key of a Key Vault certificate cannot be exported, use a credential of type `key`, which ' +
      'signs in the vault. Otherwise the secret must be PKCS#12 without a password, or PEM, with its line ' +
      'breaks, of the private key (PKCS#8) and the certificate.',
  )
}
