import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { decide } from './decide.ts'
import { type IssuedToken, type OfferOptions, offerHeld, offerToken } from './offer-token.ts'
import type { Registry } from './registry.ts'
import type { TokenNeed } from './token-need.ts'
import { readWanted, type TokenRequest } from './token-request.ts'

/** A registry that changes under a request this often is not going to hold still for it. */
const mostRounds = 4

export interface IssueTokenOptions extends OfferOptions {
  readonly registry: Registry
}

type Issued = Result<IssuedToken, Failure>

/** Answers without a promise where nothing is waited for, which is nearly always. */
export type IssueToken = (callerId: string, request: TokenRequest) => Issued | Promise<Issued>

/** The way of a token request: what is wanted, whether it is granted, and a token that fits. */
export function createIssueToken(options: IssueTokenOptions): IssueToken {
  const { registry, cache } = options
  return (callerId, request) => {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return withoutRegistry(request, snapshot.failure)
    const authorised = decide(snapshot.value, callerId, request)
    if (!authorised.ok) return authorised
    const held = offerHeld(cache, authorised.value, readNeed(request))
    return held ?? waitForToken(options, callerId, request)
  }
}

/**
 * A decision holds for one revision of the registry. If that has moved on while a token was waited for, the
 * request starts anew: it is decided by the registry as it has become, and finds the token in the cache. So what
 * was revoked during a wait is never handed out, and nobody is served whose key was deleted.
 */
async function waitForToken(
  { registry, ...offers }: IssueTokenOptions,
  callerId: string,
  request: TokenRequest,
): Promise<Issued> {
  let need = readNeed(request)
  let waited: IssuedToken['origin'] | undefined
  for (let round = 0; round < mostRounds; round += 1) {
    // Right before the decision: nothing is waited for between the two, unless a JWT has to be verified anew.
    if (round > 0 && request.callerIsKnown !== undefined && !(await request.callerIsKnown()))
      return fail({ code: 'unauthenticated' })
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return withoutRegistry(request, snapshot.failure)
    const { revision } = snapshot.value
    const authorised = decide(snapshot.value, callerId, request)
    if (!authorised.ok) return authorised

    const offered = await offerToken(offers, authorised.value, need)
    const now = registry.snapshot()
    const holds = now.ok && now.value.revision === revision
    if (offered.ok && offered.value.origin !== 'hit') waited ??= offered.value.origin
    if (holds) return offered.ok ? ok({ ...offered.value, origin: waited ?? 'hit' }) : offered
    need = {}
  }
  return fail({ code: 'registry_unavailable', retryAfterSeconds: 1 })
}

/** Scopes that say nothing are wrong whatever the registry holds. */
function withoutRegistry(request: TokenRequest, unavailable: Failure): Issued {
  const wanted = request.wholeGrantOf === undefined ? readWanted(request) : undefined
  return wanted?.ok === false ? wanted : fail(unavailable)
}

function readNeed({ minimumValiditySeconds: seconds, rejectedTokenSha256 }: TokenRequest): TokenNeed {
  const minimumValidity = seconds === undefined ? undefined : seconds * 1000
  return { minimumValidity, rejectedSha256: rejectedTokenSha256 }
}
