import type { Failure } from '../domain/failure.ts'
import { fail, type Result } from '../domain/result.ts'
import { authorise } from './authorise.ts'
import { type IssuedToken, type OfferOptions, offerToken } from './offer-token.ts'
import type { Registry } from './registry.ts'
import type { TokenNeed } from './token-cache.ts'
import { readWanted, type TokenRequest } from './token-request.ts'

/** A registry that changes under a request this often is not going to hold still for it. */
const mostRounds = 4

export interface IssueTokenOptions extends OfferOptions {
  readonly registry: Registry
}

export type IssueToken = (callerId: string, request: TokenRequest) => Promise<Result<IssuedToken, Failure>>

/**
 * The way of a token request: what is wanted, whether it is granted, and a token that fits.
 *
 * Whoever waited starts anew. The token is in the cache by then, so the next round decides by the registry as it
 * has become and finds the token without waiting; between that decision and the answer nothing can change. What
 * was revoked during a wait is therefore never handed out.
 */
export function createIssueToken({ registry, ...offers }: IssueTokenOptions): IssueToken {
  return async (callerId, request) => {
    const wanted = readWanted(request)
    if (!wanted.ok) return wanted

    const decide = () => {
      const snapshot = registry.snapshot()
      return snapshot.ok ? authorise(snapshot.value, callerId, request.tenant, wanted.value) : snapshot
    }

    let need = readNeed(request)
    let waited: IssuedToken['origin'] = 'hit'
    for (let round = 0; round < mostRounds; round += 1) {
      const authorised = decide()
      if (!authorised.ok) return authorised

      const offered = await offerToken(offers, authorised.value, wanted.value, need)
      if (!offered.ok) {
        const still = decide()
        return still.ok ? offered : still
      }
      if (offered.value.origin === 'hit') return { ok: true, value: { ...offered.value, origin: waited } }
      waited = offered.value.origin
      need = {}
    }
    return fail({ code: 'registry_unavailable', retryAfterSeconds: 1 })
  }
}

function readNeed({
  minimumValiditySeconds: seconds,
  rejectedTokenSha256: rejected,
}: TokenRequest): TokenNeed {
  return {
    ...(seconds === undefined ? {} : { minimumValidity: seconds * 1000 }),
    ...(rejected === undefined ? {} : { rejectedSha256: rejected }),
  }
}
