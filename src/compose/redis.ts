import { setTimeout as pause } from 'node:timers/promises'
import type { PrometheusMetrics } from '../adapters/metrics/prometheus.ts'
import { createRedisTokens, type RedisTokens } from '../adapters/redis/shared-tokens.ts'
import { deriveKeys } from '../broker/broker-secret.ts'
import { createSharedMint } from '../broker/shared-mint.ts'
import type { Minted, TokenCacheOptions } from '../broker/token-cache.ts'
import type { Config } from '../config.ts'
import type { TokenTarget } from '../domain/token.ts'
import type { Platform } from './platform.ts'
import type { Traced } from './tracing.ts'

export interface OpenedRedis {
  /** One mint for all replicas. */
  share(mint: (target: TokenTarget) => Promise<Minted>): TokenCacheOptions['mint']
  close(): Promise<void>
}

/**
 * The start does not wait for Redis, and nothing fails because it is away. Its client, which is large, is not loaded
 * where none is configured.
 */
export async function openConfiguredRedis(
  { redis, brokerSecret }: Config,
  { clock, random, logger }: Platform,
  { metrics, traced }: { readonly metrics: PrometheusMetrics; readonly traced: Traced },
): Promise<OpenedRedis | undefined> {
  if (redis === undefined) return undefined
  const { openRedis } = await import('../adapters/redis/connection.ts')
  const seals = deriveKeys(brokerSecret, 'shared-token-seal')
  const keys = deriveKeys(brokerSecret, 'shared-token-name').flatMap((name, index) => {
    const seal = seals[index]
    return seal === undefined ? [] : [{ name, seal }]
  })
  const connection = openRedis(redis, {
    failed: (error) => tokens.fail(error),
    connected: () => tokens.connected(),
  })
  const tokens = createRedisTokens({
    connection,
    keys,
    clock,
    random,
    events: {
      unavailable: (err) => logger.warn({ err }, 'Redis is away: each replica gets its tokens by itself'),
      available: () => logger.info('Redis is back: tokens are shared again'),
      refused: (entries) =>
        logger.error(
          { entries },
          'Redis has entries that are not what a broker stored there: see docs/redis.md',
        ),
    },
  })
  showRedis(metrics, tokens)
  return {
    share: (mint) =>
      createSharedMint({
        mint,
        shared: traced.sharedTokens(tokens),
        clock,
        random,
        pause: (milliseconds) => pause(milliseconds),
      }),
    close: () => connection.close(),
  }
}

function showRedis(metrics: PrometheusMetrics, tokens: RedisTokens): void {
  metrics.gauge('token_broker_redis_available', '1 while Redis is used, 0 while it is left alone.', () =>
    Number(tokens.isAvailable),
  )
  metrics.counters(
    'token_broker_redis_lookups_total',
    'Looks for a token in Redis; `refused`: an entry that is not what a broker stored there.',
    ['result'],
    () => Object.entries(tokens.lookups).map(([result, value]) => ({ labels: { result }, value })),
  )
  metrics.counters(
    'token_broker_redis_failures_total',
    'Commands that Redis did not answer in time, or with an error.',
    ['reason'],
    () => Object.entries(tokens.failures).map(([reason, value]) => ({ labels: { reason }, value })),
  )
}
