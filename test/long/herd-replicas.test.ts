import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { type ApiClient, createApiClient, expectSuccess } from '../../sandbox/api-client.ts'
import { startRedis, withoutRedis } from '../redis.ts'
import { addReplica } from '../replicas.ts'
import { type Stage, setStage } from '../routes/stage.ts'

const targets = 500
const callers = 200
/** Targets that are asked for at the same time. */
const wave = 10
const connections = 128

t.setTimeout(600_000)

interface Herd {
  readonly stage: Stage
  /** Of the demo's caller, one a replica. */
  readonly replicas: readonly ApiClient[]
  readonly kill: () => Promise<void>
}

/** Three replicas over one registry and one Redis. */
async function gather(t: Test): Promise<Herd> {
  const redis = await startRedis(t)
  const stage = await setStage(t, { environment: { REDIS_URL: redis.url } })
  const dispatcher = new Agent({ connections })
  t.teardown(() => dispatcher.destroy())
  const registry = { SQLITE_PATH: join(stage.folder, 'registry.sqlite'), REDIS_URL: redis.url }
  const others = [await addReplica(t, stage, registry), await addReplica(t, stage, registry)]
  const origins = [stage.sandbox.broker.origin, ...others.map(({ origin }) => origin)]
  const key = stage.sandbox.demo.callerKey
  return {
    stage,
    replicas: origins.map((origin) => createApiClient({ origin, key, dispatcher })),
    kill: redis.kill,
  }
}

async function addTargets({ stage, replicas }: Herd, prefix: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, number) => `${prefix}-${number}`)
  for (let from = 0; from < count; from += wave) {
    const some = ids.slice(from, from + wave)
    await Promise.all(some.map((id) => stage.addTenant(id, { roles: ['Mail.Read'] })))
  }
  // Replicas hear of changes within a second; asked for what is not granted, one mints nothing.
  const [last = ''] = ids.slice(-1)
  for (const replica of replicas) {
    const look = { tenant: last, scopes: ['Sites.Read.All'] }
    while ((await replica('POST', '/tokens', look)).body['code'] === 'tenant_not_granted') await delay(50)
  }
  await stage.entra('DELETE', '/_sandbox/requests')
  return ids
}

/** Requests for tokens that Entra has seen, the broker's own for the vault left out. */
async function mints({ entra, sandbox }: Stage): Promise<number> {
  const { by_route } = await expectSuccess(entra('GET', '/_sandbox/requests'))
  const routes: [string, unknown][] =
    typeof by_route === 'object' && by_route !== null ? Object.entries(by_route) : []
  return routes
    .filter(
      ([route]) =>
        route.endsWith('/oauth2/v2.0/token') && !route.includes(sandbox.cloud.identity.directoryId),
    )
    .reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Everybody at once; how often each status was answered. */
async function ask(
  { replicas }: Herd,
  ids: readonly string[],
  each: number,
): Promise<Record<string, number>> {
  const asked = ids.flatMap((tenant) =>
    Array.from({ length: each }, (_, number) => {
      const body = { tenant, scopes: ['Mail.Read'] }
      return replicas[number % replicas.length]?.('POST', '/tokens', body)
    }),
  )
  const counts: Record<string, number> = {}
  for (const reply of await Promise.all(asked)) {
    const status = `${reply?.status}`
    counts[status] = (counts[status] ?? 0) + 1
  }
  return counts
}

async function askInWaves(herd: Herd, ids: readonly string[], midway = async () => {}): Promise<number> {
  let issued = 0
  for (let from = 0; from < ids.length; from += wave) {
    const answers = ask(herd, ids.slice(from, from + wave), callers)
    if (from === Math.floor(ids.length / wave / 2) * wave) {
      await delay(20)
      await midway()
    }
    issued += (await answers)['200'] ?? 0
  }
  return issued
}

t.test('three replicas with one Redis', { skip: withoutRedis }, async (t) => {
  const herd = await gather(t)

  // Many at once come first: a replica that has just connected must not mint beside the others.
  await t.test(`${targets} targets with ${callers} callers each cost ${targets} calls`, async (t) => {
    const ids = await addTargets(herd, 'many', targets)
    t.equal(await askInWaves(herd, ids), targets * callers)
    t.equal(await mints(herd.stage), targets)
  })

  await t.test('1,000 callers on one cold target cost one call', async (t) => {
    const ids = await addTargets(herd, 'single', 1)
    t.strictSame(await ask(herd, ids, 1_000), { 200: 1_000 })
    t.equal(await mints(herd.stage), 1)
  })

  await t.test('Redis is killed midway: nobody is refused, and each replica asks once at most', async (t) => {
    const ids = await addTargets(herd, 'lost', targets)
    t.equal(await askInWaves(herd, ids, herd.kill), targets * callers)
    const calls = await mints(herd.stage)
    t.ok(calls >= targets && calls <= 3 * targets, `${calls} calls`)
    t.comment(`${calls} calls`)
  })
})
