import { constants, verify } from 'node:crypto'
import { fail, ok, type Result } from '../../src/domain/result.ts'
import {
  assertionOfAnotherClient,
  assertionWithoutKey,
  certificateOutsideValidity,
  invalidSignature,
  malformedAssertion,
  outsideValidTime,
  unregisteredKey,
  unsupportedAlgorithm,
  wrongAudience,
} from './assertion-refusals.ts'
import type { UploadedCertificate } from './certificate.ts'
import { type ParsedJwt, parseJwt } from './jwt.ts'
import { missingField } from './refusals.ts'
import type { Refusal } from './replies.ts'

export interface AssertionContext {
  readonly clientId: string
  /** Each of them is the right `aud`. */
  readonly audiences: readonly string[]
  readonly certificates: readonly UploadedCertificate[]
  /** Unix time in milliseconds. */
  readonly now: number
}

/** A verified assertion; `jti` may be used once until `expiresAt`, which has the clock skew in it (ms). */
export interface VerifiedAssertion {
  readonly jti: string
  readonly expiresAt: number
}

const skewSeconds = 300
const minimumRsaBits = 2048
const pkcs1 = { padding: constants.RSA_PKCS1_PADDING }
const algorithms = new Map([
  ['RS256', { hash: 'sha256', ...pkcs1 }],
  ['RS384', { hash: 'sha384', ...pkcs1 }],
  ['RS512', { hash: 'sha512', ...pkcs1 }],
  // RFC 7518 §3.5: the salt is as long as the hash.
  ['PS256', { hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
])

/** Verifies a client assertion (RFC 7523 §3) in Entra's order, so that of two faults it names the same one. */
export function verifyAssertion(
  assertion: string,
  context: AssertionContext,
): Result<VerifiedAssertion, Refusal> {
  const jwt = parseJwt(assertion)
  if (jwt === undefined) return fail(malformedAssertion())
  const refusal = refuseHeader(jwt) ?? refuseClaims(jwt, context) ?? refuseKey(jwt, context)
  if (refusal !== undefined) return fail(refusal)
  const { jti, exp } = jwt.claims
  if (typeof jti !== 'string' || jti === '') return fail(malformedAssertion("The 'jti' claim is missing."))
  return ok({ jti, expiresAt: (seconds(exp) + skewSeconds) * 1000 })
}

function refuseHeader({ header }: ParsedJwt): Refusal | undefined {
  if (nameOfKey(header) === undefined) return assertionWithoutKey()
  if (typeof header['alg'] !== 'string') return malformedAssertion()
  return algorithms.has(header['alg']) ? undefined : unsupportedAlgorithm(header['alg'])
}

function refuseClaims({ claims }: ParsedJwt, context: AssertionContext): Refusal | undefined {
  const { iss, sub, aud, nbf, exp } = claims
  if (iss === undefined) return missingField('iss')
  if (aud === undefined) return missingField('aud')
  if (!isClient(iss, context.clientId) || !isClient(sub, context.clientId)) return assertionOfAnotherClient()
  if (![aud].flat().some((one) => typeof one === 'string' && context.audiences.includes(one))) {
    return wrongAudience()
  }
  const now = context.now / 1000
  if (now >= seconds(nbf) - skewSeconds && now < seconds(exp) + skewSeconds) return undefined
  return outsideValidTime(now, seconds(nbf), seconds(exp))
}

function refuseKey(jwt: ParsedJwt, { clientId, certificates, now }: AssertionContext): Refusal | undefined {
  const name = nameOfKey(jwt.header)
  const certificate = certificates.find((one) => name?.matches(one))
  if (certificate === undefined) return unregisteredKey(clientId, name?.sha1)
  if (now < certificate.notBefore || now > certificate.notAfter) return certificateOutsideValidity()
  return isSignedBy(jwt, certificate) ? undefined : invalidSignature(clientId, certificate)
}

/** Verified with the uploaded key alone: an `x5c` in the header proves nothing. */
function isSignedBy({ header, signingInput, signature }: ParsedJwt, { publicKey }: UploadedCertificate) {
  const algorithm = algorithms.get(String(header['alg']))
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0
  if (algorithm === undefined || publicKey.asymmetricKeyType !== 'rsa' || bits < minimumRsaBits) return false
  const { hash, ...padding } = algorithm
  return verify(hash, signingInput, { key: publicKey, ...padding }, signature)
}

interface KeyName {
  /** Upper-case hex, where the header has it. */
  readonly sha1?: string
  matches(certificate: UploadedCertificate): boolean
}

/** `kid` holds the SHA-1 thumbprint, in hex or base64url, where a client sends no `x5t`. */
function nameOfKey(header: Readonly<Record<string, unknown>>): KeyName | undefined {
  const { 'x5t#S256': x5tS256, x5t, kid } = header
  if (typeof x5tS256 === 'string') return { matches: (certificate) => certificate.x5tS256 === x5tS256 }
  const thumbprint = x5t ?? kid
  if (typeof thumbprint !== 'string') return undefined
  const sha1 = /^[0-9a-f]{40}$/i.test(thumbprint)
    ? thumbprint.toUpperCase()
    : Buffer.from(thumbprint, 'base64url').toString('hex').toUpperCase()
  return { sha1, matches: (certificate) => certificate.sha1 === sha1 }
}

function isClient(claim: unknown, clientId: string): boolean {
  return typeof claim === 'string' && claim.toLowerCase() === clientId.toLowerCase()
}

/** A time that is missing counts as 1970, which is also how Entra prints it. */
function seconds(claim: unknown): number {
  return typeof claim === 'number' ? claim : 0
}
