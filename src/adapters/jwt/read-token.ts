import { decodeJwt, decodeProtectedHeader, type JWTHeaderParameters } from 'jose'

/** Characters; Entra's tokens have one to three thousand, and Node refuses header lines of 16 KB in all. */
const longestToken = 8_192
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** What a token says of itself. Nothing of it is true before its signature is verified. */
export interface UnverifiedToken {
  readonly header: JWTHeaderParameters
  readonly claims: Claims
}

type Claims = Readonly<Record<string, unknown>>

/** Undefined where the text is no signed JWT in compact form (RFC 7515 §7.1) that names its key. */
export function readToken(text: string): UnverifiedToken | undefined {
  if (text.length > longestToken || !compactForm.test(text)) return undefined
  try {
    const { alg, kid, typ, ...header } = decodeProtectedHeader(text)
    if (typeof alg !== 'string' || typeof kid !== 'string' || !isBearerType(typ)) return undefined
    return { header: { ...header, alg, kid }, claims: decodeJwt(text) }
  } catch {
    return undefined
  }
}

const bearerTypes = ['jwt', 'at+jwt', 'client-authentication+jwt']

/**
 * RFC 8725 §3.11: what says that it is another kind of token is one. Many issuers say no more than JWT, and
 * Kubernetes says nothing.
 */
function isBearerType(typ: unknown): boolean {
  if (typ === undefined) return true
  return typeof typ === 'string' && bearerTypes.includes(typ.toLowerCase().replace(/^application\//, ''))
}

/** The claims that the broker decides by, in the only forms that it takes. */
export interface CallerClaims {
  readonly issuer: string
  readonly subject: string
  /** Unix time in seconds. */
  readonly expiresAt: number
  readonly issuedAt?: number
}

/**
 * Claims that only other kinds of token have, or that ask for more than a bearer token: ID tokens (OpenID Connect
 * Core §2, §3.3.2.11), security events and logout (RFC 8417), and tokens bound to a key that the broker does not
 * ask for (RFC 7800).
 */
const foreignClaims = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'cnf']

/** Undefined where a claim is missing, of another type than it should be, or says that the token is for others. */
export function readClaims(claims: Claims): CallerClaims | undefined {
  const { iss, sub, aud, exp, iat, nbf } = claims
  if (typeof iss !== 'string' || typeof sub !== 'string' || sub === '' || !hasOneAudience(aud))
    return undefined
  if (!isMoment(exp) || !(isMoment(iat) || iat === undefined)) return undefined
  if (nbf !== undefined && !isMoment(nbf)) return undefined
  if (foreignClaims.some((name) => Object.hasOwn(claims, name))) return undefined
  return { issuer: iss, subject: sub, expiresAt: exp, ...(iat !== undefined && { issuedAt: iat }) }
}

/** A token for two is a token that the other one can use here. Kubernetes writes the only one as a list of one. */
function hasOneAudience(aud: unknown): boolean {
  return typeof aud === 'string' || (Array.isArray(aud) && aud.length === 1 && typeof aud[0] === 'string')
}

function isMoment(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
