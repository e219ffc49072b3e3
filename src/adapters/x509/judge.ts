import { type KeyObject, sign, verify, type X509Certificate } from 'node:crypto'
import type { CertificateBundle } from '../../broker/credential-ports.ts'
import type { PublicCertificate } from '../../domain/credential.ts'
import type { CredentialFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { toBundle, toPublicCertificate } from './bundle.ts'
import { type ParsedCertificate, parseCertificate } from './certificate.ts'
import { howToMakeOne, refuse, refuseKeyKind } from './refusal.ts'
import { judgeSize, type RsaPrivateKey, refuseBrokenKey, toKeyObject } from './rsa-key.ts'

type Refusal = Result<never, CredentialFailure>

const day = 86_400_000
const furthestStart = 30 * day

/**
 * Whether Entra would take assertions signed with this key under this certificate. `nonce` is what is signed
 * to see it; `now` is in milliseconds. Who signed the certificate, and with what hash, is nothing to Entra.
 */
export function judgePair(
  key: RsaPrivateKey,
  certificates: readonly Buffer[],
  now: number,
  nonce: string,
): Result<CertificateBundle, CredentialFailure> {
  const parsed = parseAll(certificates)
  if (!parsed.ok) return parsed
  const [first] = parsed.value
  const leaf = parsed.value.find(({ publicKey }) => publicKey?.n === key.n && publicKey.e === key.e)
  if (leaf === undefined) return first === undefined ? refuseNothing() : refuseStranger(first)
  const keyObject = proveKey(key, leaf.certificate, nonce)
  if (keyObject === undefined) return refuseBrokenKey()
  return (
    judgeDates(leaf.certificate, now) ??
    ok(toBundle(leaf.certificate, chainOf(parsed.value, leaf), keyObject))
  )
}

/** The same without the key: the first certificate is the one, the others are its chain. */
export function judgeCertificate(
  certificates: readonly Buffer[],
  now: number,
): Result<PublicCertificate, CredentialFailure> {
  const parsed = parseAll(certificates)
  if (!parsed.ok) return parsed
  const [leaf] = parsed.value
  if (leaf === undefined) return refuseNothing()
  if (leaf.publicKey === undefined) return refuseKeyKind("certificate's key", leaf.keyKind)
  const fault = judgeSize("certificate's key", leaf.publicKey) ?? judgeDates(leaf.certificate, now)
  return fault ?? ok(toPublicCertificate(leaf.certificate, chainOf(parsed.value, leaf)))
}

function parseAll(certificates: readonly Buffer[]): Result<readonly ParsedCertificate[], CredentialFailure> {
  const parsed: ParsedCertificate[] = []
  for (const der of certificates) {
    const certificate = parseCertificate(der)
    if (!certificate.ok) return certificate
    parsed.push(certificate.value)
  }
  return ok(parsed)
}

/** All others; some files have the leaf twice. */
function chainOf(all: readonly ParsedCertificate[], leaf: ParsedCertificate): readonly X509Certificate[] {
  const { fingerprint256 } = leaf.certificate
  return all.flatMap(({ certificate }) => (certificate.fingerprint256 === fingerprint256 ? [] : certificate))
}

/** The public halves are the same; whether the private one is whole is seen when it signs. */
function proveKey(key: RsaPrivateKey, certificate: X509Certificate, nonce: string): KeyObject | undefined {
  const data = Buffer.from(nonce)
  try {
    const keyObject = toKeyObject(key)
    return verify('sha256', data, certificate.publicKey, sign('sha256', data, keyObject))
      ? keyObject
      : undefined
  } catch {
    return undefined
  }
}

function judgeDates({ validFromDate, validToDate }: X509Certificate, now: number): Refusal | undefined {
  const [start, end] = [validFromDate.getTime(), validToDate.getTime()]
  if (!(start < end)) {
    return refuse('The dates of the certificate cannot be read, or it ends before it begins.', howToMakeOne)
  }
  if (end <= now) {
    return refuse('The certificate has expired.', `Entra refuses an expired one. ${howToMakeOne}`)
  }
  if (start - now >= furthestStart) {
    return refuse(
      'The certificate is not valid for another 30 days or more.',
      'Entra refuses it until then. A rotation needs less; more is taken for a wrong clock where it was ' +
        'made. Send it when it is due, or make it valid sooner.',
    )
  }
  return undefined
}

function refuseNothing(): Refusal {
  return refuse(
    'There is no certificate with the private key.',
    'Export both: openssl pkcs12 -export -inkey key.pem -in certificate.pem -out file.pfx',
  )
}

function refuseStranger(first: ParsedCertificate): Refusal {
  if (first.publicKey === undefined) return refuseKeyKind("certificate's key", first.keyKind)
  return (
    judgeSize("certificate's key", first.publicKey) ??
    refuse(
      'The private key does not belong to the certificate.',
      'These must print the same: openssl x509 -in certificate.pem -noout -pubkey, ' +
        'and openssl pkey -in key.pem -pubout',
    )
  )
}
