import { type Acquired, createTokenCache, type TokenCache } from '../../src/broker/token-cache.ts'
import type { TokenNeed } from '../../src/broker/token-need.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import type { AccessToken, TokenTarget } from '../../src/domain/token.ts'
import { type ManualClock, manualClock, must, type TokenShape, targetNamed, tokenOf } from './fixture.ts'
import { createScript, type Script } from './scripted.ts'

export const contoso = targetNamed('contoso')
export const unavailable: MintFailure = { code: 'entra_unavailable', retryAfterSeconds: 5 }

export interface CacheStage {
  readonly clock: ManualClock
  readonly cache: TokenCache
  readonly mints: Script<TokenTarget>
  /** What the cache reported as faults of the broker's own. */
  readonly errors: unknown[]
  acquire(need?: TokenNeed, target?: TokenTarget): Promise<Acquired>
  /** Has a token minted and held. */
  hold(shape?: TokenShape, target?: TokenTarget): Promise<AccessToken>
}

/** A cache whose mints the test decides about, one by one, with time under its control. */
export function openCache(capacity = 100): CacheStage {
  const clock = manualClock()
  const mints = createScript<TokenTarget>()
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const cache = createTokenCache({ mint: mints.ask, clock, capacity, onError })
  const acquire = (need: TokenNeed = {}, target: TokenTarget = contoso) => cache.acquire(target, need)
  return {
    clock,
    cache,
    mints,
    errors,
    acquire,
    async hold(shape = {}, target = contoso) {
      const acquired = acquire({}, target)
      const mint = await mints.next()
      mint.succeed(tokenOf(clock, shape))
      return must(await acquired).token
    },
  }
}

/** Where an answer came from and which token it was, or why there was none. */
export function said(acquired: Acquired | undefined): string {
  if (acquired === undefined) return 'too early'
  return acquired.ok ? `${acquired.value.origin} ${acquired.value.token.value}` : acquired.failure.code
}
