import { errors, jwtVerify } from 'jose'
import type { Dispatcher } from 'undici'
import type { Clock, TokenRefusal, TokenVerifier, VerifiedToken } from '../../broker/ports.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { TrustedIssuer } from '../../domain/trusted-issuer.ts'
import { fetchKeys, type PublicKeys } from './fetch-keys.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import { type CallerClaims, readClaims, readToken, type UnverifiedToken } from './read-token.ts'

/** Seconds by which the issuer's clock and ours may differ. */
const skew = 60

export interface TokenVerifierOptions {
  readonly issuers: readonly TrustedIssuer[]
  readonly clock: Clock
  /** How the keys of an issuer are reached. Connects within two seconds. */
  readonly dispatcherOf: (issuer: TrustedIssuer) => Dispatcher
  /** How many verified tokens are remembered; one has 1 to 3 KB. */
  readonly mostRemembered: number
  /** Told what an operator has to know; nothing of it is secret. */
  readonly onFault: (fault: { readonly issuer: string; readonly reason: string }) => void
}

interface Issuer {
  readonly trusted: TrustedIssuer
  readonly keySet: KeySet
}

interface Remembered {
  readonly verified: Result<VerifiedToken, never>
  readonly issuer: Issuer
  readonly keys: PublicKeys
}

/** Verifies JWTs by the keys that their issuers publish, and remembers those that it found genuine. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { clock, mostRemembered, onFault } = options
  const issuers = new Map(options.issuers.map((trusted) => [trusted.issuer, openIssuer(trusted, options)]))
  const remembered = new Map<string, Remembered>()

  /** Until it expires, and while the issuer still publishes the keys that it was verified by. */
  function recall(token: string): Remembered['verified'] | undefined {
    const entry = remembered.get(token)
    if (entry === undefined) return undefined
    const { verified, issuer, keys } = entry
    if (verified.ok && clock.now() < verified.value.expiresAt && issuer.keySet.held() === keys)
      return verified
    remembered.delete(token)
    return undefined
  }

  /** Keyed by the whole token: a part of it, or a digest of a part, could be that of another. */
  function remember(token: string, entry: Remembered): void {
    const oldest = remembered.keys().next()
    if (remembered.size >= mostRemembered && !oldest.done) remembered.delete(oldest.value)
    remembered.set(token, entry)
  }

  async function verify(
    text: string,
    { header }: UnverifiedToken,
    claims: CallerClaims,
    issuer: Issuer,
  ): Promise<Result<VerifiedToken, TokenRefusal>> {
    try {
      const found = await issuer.keySet.find(header)
      if (!found.ok) return found
      const { key, keys } = found.value
      const now = clock.now()
      if (claims.issuedAt !== undefined && claims.issuedAt > now / 1000 + skew) return refused
      await jwtVerify(text, key, {
        algorithms: [...issuer.trusted.algorithms],
        issuer: claims.issuer,
        audience: issuer.trusted.audience,
        clockTolerance: skew,
        currentDate: new Date(now),
      })
      const { subject, expiresAt } = claims
      const verified = ok({ issuer: claims.issuer, subject, expiresAt: expiresAt * 1000 })
      remember(text, { verified, issuer, keys })
      return verified
    } catch (error) {
      // What jose throws beside its own errors is about the key: too short, or none at all.
      if (!(error instanceof errors.JOSEError)) onFault({ issuer: claims.issuer, reason: reasonOf(error) })
      return refused
    }
  }

  return {
    verify(text) {
      const known = recall(text)
      if (known !== undefined) return known
      const token = readToken(text)
      const claims = token && readClaims(token.claims)
      const issuer = claims && issuers.get(claims.issuer)
      if (token === undefined || claims === undefined || issuer === undefined) return refused
      // Before any key is looked up: the algorithm is the issuer's choice, never the token's (RFC 8725 §3.1).
      if (!issuer.trusted.algorithms.some((algorithm) => algorithm === token.header.alg)) return refused
      return verify(text, token, claims, issuer)
    },
  }
}

const refused = fail({ code: 'unauthenticated' } as const)

function openIssuer(trusted: TrustedIssuer, { clock, dispatcherOf, onFault }: TokenVerifierOptions): Issuer {
  const dispatcher = dispatcherOf(trusted)
  const keySet = createKeySet({
    clock,
    async fetch() {
      const fetched = await fetchKeys(trusted.jwksUri, dispatcher)
      if (!('reason' in fetched)) return fetched
      onFault({ issuer: trusted.issuer, reason: fetched.reason })
      return undefined
    },
  })
  return { trusted, keySet }
}

/** The name alone: messages may quote what was sent. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
