import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type ApiClient, expectSuccess } from '../../sandbox/api-client.ts'
import { openPostgres } from '../../src/adapters/registry/postgres.ts'
import { openSqlite } from '../../src/adapters/registry/sqlite.ts'
import { openRegistryStore } from '../../src/adapters/registry/store.ts'
import type { RegistryStore } from '../../src/broker/ports.ts'
import { systemClock } from '../../src/compose/platform.ts'
import { ok } from '../../src/domain/result.ts'
import { type BrokerHome, brokerHome, createCaller } from '../broker-process.ts'
import { median } from '../median.ts'
import { createDatabase } from '../postgres.ts'

const many = 5_000
const most = 100_000
const atATime = 16
const batch = 5_000
/** Milliseconds. */
const longestPage = 50
const longestStart = new Map([
  [many, 5_000],
  [most, 20_000],
])

t.setTimeout(600_000)

t.test('SQLite', async (t) => {
  const home = await brokerHome(t)
  const store = await openRegistryStore(openSqlite(join(home.folder, 'registry.sqlite')), systemClock)
  t.teardown(() => store.close())
  await measure(t, home, store, [many, most])
})

const server = process.env['TEST_DATABASE_URL']
const withoutServer = server === undefined && 'TEST_DATABASE_URL names no server'

// Only up to 5,000: 100,000 take two minutes to write, and are read like those of SQLite.
t.test('PostgreSQL', { skip: withoutServer }, async (t) => {
  const { database, drop } = await createDatabase(String(server))
  t.teardown(drop)
  const home = await brokerHome(t, { SQLITE_PATH: '', DATABASE_URL: database })
  const store = await openRegistryStore(
    openPostgres(database, (error) => t.fail(String(error))),
    systemClock,
  )
  t.teardown(() => store.close())
  await measure(t, home, store, [many])
})

async function measure(t: Test, home: BrokerHome, store: RegistryStore, sizes: readonly number[]) {
  let broker = await home.start()
  const operator = home.client(await createCaller(home.bootstrap, 'operator', 'operator'))
  const application = { client_id: randomUUID(), display_name: 'Sync', permissions: ['Mail.Read'] }
  await expectSuccess(operator('PUT', '/applications/sync', application))

  await t.test(`${many} tenants are PUT twice: the second time nothing is written`, async (t) => {
    const first = await putAll(operator)
    t.strictSame(new Set(first.map(({ status }) => status)), new Set([201]))
    const revision = await store.revision()
    const startedAt = performance.now()
    const second = await putAll(operator)
    const seconds = (performance.now() - startedAt) / 1000
    t.strictSame(new Set(second.map(({ status }) => status)), new Set([200]))
    t.strictSame(second.map(etagOf), first.map(etagOf), 'every ETag is as it was')
    t.equal(await store.revision(), revision, 'the revision is as it was')
    t.comment(`revision ${revision} before and after; ${Math.round(many / seconds)} PUTs a second`)
  })

  await observe(store)
  await t.test(`lists of ${many} tenants are read by the page`, (t) => readLists(t, operator))
  for (const size of sizes) {
    await seed(store, size)
    await t.test(`a broker with ${size} tenants starts`, async (t) => {
      await broker.kill()
      broker = await home.start()
      const { body } = await operator('GET', `/tenants/${idOf(size - 1)}`)
      t.equal(body['id'], idOf(size - 1))
      t.ok(broker.milliseconds <= (longestStart.get(size) ?? 0))
      t.comment(`ready with ${size} tenants in ${broker.milliseconds} ms`)
    })
  }
}

const idOf = (number: number) => `tenant-${String(number).padStart(6, '0')}`
const directoryOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
const labelsOf = (number: number) => ({ plan: number % 4 === 0 ? 'gold' : 'free' })
const etagOf = ({ headers }: { headers: Record<string, unknown> }) => headers['etag']

async function putAll(operator: ApiClient) {
  const replies = new Array<Awaited<ReturnType<ApiClient>>>(many)
  const numbers = replies.keys()
  const worker = async () => {
    for (const number of numbers) {
      replies[number] = await operator('PUT', `/tenants/${idOf(number)}`, {
        directory_id: directoryOf(number),
        labels: labelsOf(number),
        applications: ['sync'],
      })
    }
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return replies
}

/** Of the tenants that the API made, a third has consented and a third has failed; of the others nothing is known. */
async function observe(store: RegistryStore): Promise<void> {
  const { tenants, applications } = await store.changesSince(0)
  const applicationUid = String(applications[0]?.uid)
  const at = new Date().toISOString()
  await store.commit(async (tx) => {
    for (const { id, uid: tenantUid } of tenants) {
      const what = Number(id.slice(-6)) % 3
      if (what === 2) continue
      const seen =
        what === 0 ? { roles: ['Mail.Read'], observedAt: at } : { failure: { code: 'entra_unavailable', at } }
      await tx.saveObservation({
        tenantUid,
        applicationUid,
        resource: 'graph',
        ...seen,
        revision: tx.revision,
      })
    }
    return ok(undefined)
  })
}

async function seed(store: RegistryStore, size: number): Promise<void> {
  const at = new Date().toISOString()
  const stamps = { createdAt: at, updatedAt: at }
  const { tenants } = await store.changesSince(0)
  for (let start = tenants.length; start < size; start += batch) {
    await store.commit(async (tx) => {
      for (let number = start; number < Math.min(start + batch, size); number += 1) {
        await tx.saveTenant({
          ...stamps,
          id: idOf(number),
          uid: randomUUID(),
          directoryId: directoryOf(number),
          cloud: 'global',
          labels: labelsOf(number),
          applications: ['sync'],
          roleCheck: 'strict',
          enabled: true,
          epoch: 1,
          revision: tx.revision,
        })
      }
      return ok(undefined)
    })
  }
}

async function readLists(t: Test, operator: ApiClient): Promise<void> {
  const numbers = Array.from({ length: many }, (_, number) => number)
  const lists: readonly (readonly [string, (number: number) => boolean])[] = [
    ['', () => true],
    ['&label=plan=gold', (number) => number % 4 === 0],
    ['&status=granted', (number) => number % 3 === 0],
    ['&status=unknown', (number) => number % 3 !== 0],
    ['&failing=true', (number) => number % 3 === 1],
    ['&failing=false&label=plan=free', (number) => number % 3 !== 1 && number % 4 !== 0],
    [`&directory_id=${directoryOf(4321)}`, (number) => number === 4321],
  ]
  for (const [filter, belongs] of lists) {
    const { ids, times } = await walk(operator, filter)
    const about = filter === '' ? 'all' : filter.slice(1)
    t.strictSame(ids, numbers.filter(belongs).map(idOf), about)
    t.ok(median(times) <= longestPage, `${about}: at most 50 ms a page`)
    const [middle, longest] = [median(times), Math.max(...times)].map((time) => time.toFixed(1))
    t.comment(`${about}: ${times.length} pages, ${middle} ms (median), ${longest} ms (longest)`)
  }
}

async function walk(operator: ApiClient, filter: string) {
  const ids: unknown[] = []
  const times: number[] = []
  let token = ''
  do {
    const startedAt = performance.now()
    const { items, next_page_token: next } = await expectSuccess(
      operator('GET', `/tenants?page_size=200${filter}${token}`),
    )
    times.push(performance.now() - startedAt)
    if (Array.isArray(items)) ids.push(...items.map(({ id }: Record<string, unknown>) => id))
    token = typeof next === 'string' ? `&page_token=${next}` : ''
  } while (token !== '')
  return { ids, times }
}
