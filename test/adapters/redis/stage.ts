import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'redis'
import type { Test } from 'tap'
import { openRedis } from '../../../src/adapters/redis/connection.ts'
import { createRedisTokens, type RedisTokens } from '../../../src/adapters/redis/shared-tokens.ts'
import { type BrokerSecret, deriveKeys } from '../../../src/broker/broker-secret.ts'
import type { Clock } from '../../../src/broker/ports.ts'
import { systemClock, systemRandom } from '../../../src/compose/platform.ts'
import { readRedis } from '../../../src/configuration/redis.ts'
import { Variables } from '../../../src/configuration/variables.ts'

export const secret: BrokerSecret = { current: Buffer.from('the secret of this test, which is long enough') }

export interface RedisStage {
  readonly tokens: RedisTokens
  /** What an operator was told, in order. */
  readonly told: string[]
  close(): Promise<void>
}

export interface RedisStageOptions {
  readonly ca?: string
  readonly clock?: Clock
  readonly secret?: BrokerSecret
}

/** What one replica has of Redis, until the test ends; connected. */
export async function openTokens(t: Test, url: string, options: RedisStageOptions = {}): Promise<RedisStage> {
  const stage = openUnconnected(t, url, options)
  await available(stage.tokens)
  return stage
}

export function openUnconnected(t: Test, url: string, options: RedisStageOptions = {}): RedisStage {
  const environment = { REDIS_URL: url, ...(options.ca === undefined ? {} : { REDIS_CA_FILE: 'ca' }) }
  const variables = new Variables(environment, () => options.ca ?? '')
  const { redis } = readRedis(variables)
  if (redis === undefined) throw new Error(variables.faults.join(' '))
  const told: string[] = []
  const connection = openRedis(redis, {
    failed: (error) => tokens.fail(error),
    connected: () => tokens.connected(),
  })
  const own = options.secret ?? secret
  const seals = deriveKeys(own, 'shared-token-seal')
  const tokens = createRedisTokens({
    connection,
    keys: deriveKeys(own, 'shared-token-name').map((name, i) => ({ name, seal: seals[i] ?? name })),
    clock: options.clock ?? systemClock,
    random: systemRandom,
    events: {
      unavailable: (error) => void told.push(`away: ${error instanceof Error ? error.message : error}`),
      available: () => void told.push('back'),
      refused: (entries) => void told.push(`refused: ${entries}`),
    },
  })
  let closed = false
  const close = async () => {
    if (!closed) await connection.close()
    closed = true
  }
  t.teardown(close)
  return { tokens, told, close }
}

/** Milliseconds. */
const longestConnect = 20_000

/** Settles once Redis answers. */
export async function available(tokens: RedisTokens): Promise<void> {
  const deadline = performance.now() + longestConnect
  const target = probe
  while ((await tokens.find(target)) === undefined) {
    if (performance.now() > deadline) throw new Error('Redis does not become available.')
    await delay(20)
  }
}

const probe = {
  cloud: 'global',
  directoryId: 'probe',
  clientId: 'probe',
  resource: 'graph',
  applicationEpoch: 0,
  tenantEpoch: 0,
} as const

/** Somebody with Redis in their hands. */
export async function intruder(t: Test, url: string) {
  const client = createClient({ url })
  await client.connect()
  t.teardown(() => client.destroy())
  return client
}
