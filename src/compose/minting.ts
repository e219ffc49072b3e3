import { type ClockSkew, createClockSkew } from '../broker/clock-skew.ts'
import { entraQueue, guardIssuer, type IssuerGuard } from '../broker/guard-issuer.ts'
import type { createMint } from '../broker/mint.ts'
import type { Observe } from '../broker/observe.ts'
import type { Clock, TokenIssuer, TokenMetrics } from '../broker/ports.ts'
import { createTokenCache, type TokenCache } from '../broker/token-cache.ts'
import type { Config } from '../config.ts'
import type { Platform } from './platform.ts'
import type { OpenedRedis } from './redis.ts'

/** What a mint shows of a tenant is recorded behind the answers; nobody waits for the database. */
export function createObservedCache(
  config: Config,
  { clock, logger }: Platform,
  observe: Observe,
  mint: ReturnType<typeof createMint>,
  redis: OpenedRedis | undefined,
): TokenCache {
  const onError = (err: unknown) => logger.error({ err }, 'a renewal or an observation failed unexpectedly')
  const observed: typeof mint = async (target) => {
    const result = await mint(target)
    // What was never asked says nothing of a tenant.
    if (result.ok || result.failure.code !== 'entra_busy') observe(target, result).catch(onError)
    return result
  }
  return createTokenCache({
    clock,
    capacity: config.tokenCacheMax,
    onError,
    mint: redis?.share(observed) ?? observed,
  })
}

/** The guard of what Entra is asked, whose breakers are heard of. */
export function createGuard(config: Config, { clock, logger }: Platform, issuer: TokenIssuer): IssuerGuard {
  return guardIssuer({
    issuer,
    clock,
    limits: { flights: config.entraMaxRequests, ...entraQueue },
    onBreaker(cloud, state) {
      if (state === 'open')
        logger.warn({ cloud }, 'Entra is left alone for a while: it failed five times running')
      else logger.info({ cloud }, 'Entra answers again')
    },
  })
}

/** Entra's time, and a word to the log when the broker's clock begins or ends to be wrong. */
export function createEntraTime({ clock, logger }: Platform): ClockSkew {
  return createClockSkew(clock, (seconds_ahead) =>
    logger.warn({ seconds_ahead }, "the clock was compared with Entra's: more than 60 s off, or right again"),
  )
}

/** Counts and times what Entra is asked. */
export function measured(issuer: TokenIssuer, metrics: TokenMetrics, clock: Clock): TokenIssuer {
  return {
    async acquire(acquisition) {
      const startedAt = clock.monotonic()
      const result = await issuer.acquire(acquisition)
      metrics.entraRequest(result.ok ? 'issued' : result.failure.code, clock.monotonic() - startedAt)
      return result
    },
  }
}
