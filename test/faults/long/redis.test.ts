import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'redis'
import type { Test } from 'tap'
import { startRedis, withoutRedis } from '../../redis.ts'
import { prove } from '../prove.ts'
import { type FaultStage, setFaultStage } from '../stage.ts'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'

/** Milliseconds. */
const longestToken = 3_000
const longestHealing = 10_000

interface RedisStage extends FaultStage {
  readonly proxy: TcpProxy
  /** Of the server itself, past the proxy. */
  readonly url: string
}

const isUsed = ({ metric }: FaultStage) => metric('token_broker_redis_available')

async function open(t: Test): Promise<RedisStage> {
  const { url, port } = await startRedis(t)
  const proxy = await startTcpProxy(t, port)
  const stage = await setFaultStage(t, { environment: { REDIS_URL: `redis://127.0.0.1:${proxy.port}` } })
  await expectHealing(t, { ...stage, proxy, url }, 'before')
  return { ...stage, proxy, url }
}

/** A new tenant's token: it is not held, so Redis is asked, and Entra after it. */
async function expectToken(t: Test, { addTenant, token }: FaultStage, id: string) {
  await addTenant(id)
  const startedAt = performance.now()
  t.equal((await token(id)).status, 200, id)
  const milliseconds = Math.round(performance.now() - startedAt)
  t.ok(milliseconds < longestToken, `${milliseconds} ms`)
}

async function expectHealing(t: Test, stage: RedisStage, name: string) {
  for (let round = 0, end = performance.now() + longestHealing; performance.now() < end; round += 1) {
    await stage.pass(5)
    await expectToken(t, stage, `${name}-healing-${round}`)
    if ((await isUsed(stage)) === 1) return
    await delay(200)
  }
  t.fail('Redis is not used again')
}

async function expectServed(t: Test, spoil: (stage: RedisStage) => Promise<unknown>, mend = pass) {
  const stage = await open(t)
  await spoil(stage)
  for (let number = 0; number < 3; number += 1) await expectToken(t, stage, `during-${number}`)
  t.equal(await isUsed(stage), 0)
  t.equal((await stage.anonymous('GET', '/readyz')).status, 200)
  await mend(stage)
  await expectHealing(t, stage, 'after')
}

const pass = async ({ proxy }: RedisStage) => {
  await proxy.set('pass')
  proxy.cut()
}

/** Commands to the server itself. */
async function command(url: string, ...parts: readonly string[]) {
  const client = createClient({ url })
  await client.connect()
  await client.sendCommand([...parts])
  await client.close()
}

/** Other bytes in the place of every entry; the tokens in memory have expired by then. */
async function expectMisses(t: Test, bytes: number) {
  const { url, ...stage } = await open(t)
  await expectToken(t, stage, 'spoilt')
  const client = createClient({ url })
  await client.connect()
  for (const key of await client.keys('*')) await client.set(key, randomBytes(bytes).toString('latin1'))
  await client.close()
  await stage.pass(3_560)
  t.equal((await stage.token('spoilt')).status, 200)
}

prove(
  'redis',
  'long',
  {
    slow: (t) => expectServed(t, ({ proxy }) => proxy.set('slow')),
    hung: (t) => expectServed(t, ({ proxy }) => proxy.set('stall')),
    refused: (t) => expectServed(t, ({ proxy }) => proxy.set('refuse')),
    reset: (t) => expectServed(t, ({ proxy }) => proxy.set('reset')),
    failing: (t) =>
      expectServed(
        t,
        ({ url }) => command(url, 'CONFIG', 'SET', 'maxmemory', '1'),
        ({ url }) => command(url, 'CONFIG', 'SET', 'maxmemory', '0'),
      ),
    nonsense: (t) => expectMisses(t, 200),
    oversized: (t) => expectMisses(t, 1_000_000),
    async misdirected(t) {
      const stage = await setFaultStage(t, { environment: { REDIS_URL: 'redis://nowhere.invalid:6379' } })
      await expectToken(t, stage, 'alone')
      t.equal((await stage.anonymous('GET', '/readyz')).status, 200)
    },
    async flapping(t) {
      const stage = await open(t)
      for (const [number, mode] of (
        ['reset', 'pass', 'stall', 'pass', 'refuse', 'pass'] as const
      ).entries()) {
        await stage.proxy.set(mode)
        await expectToken(t, stage, `flapping-${number}`)
        await stage.pass(5)
      }
      await expectHealing(t, stage, 'after')
    },
  },
  withoutRedis,
)
