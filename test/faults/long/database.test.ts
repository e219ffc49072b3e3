import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Test } from 'tap'
import { type ApiReply, expectSuccess } from '../../../sandbox/api-client.ts'
import { brokerHome } from '../../broker-process.ts'
import { expectProblem } from '../../http/expect-problem.ts'
import { createDatabase } from '../../postgres.ts'
import { prove } from '../prove.ts'
import { type FaultStage, setFaultStage } from '../stage.ts'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'

const server = process.env['TEST_DATABASE_URL']
const away = { status: 503, code: 'registry_unavailable' }
/** Milliseconds. */
const longestHealing = 5_000

interface DatabaseStage extends FaultStage {
  /** Of the database, past the proxy. */
  readonly database: string
  readonly proxy: TcpProxy
  /** Runs a statement past the proxy. */
  query(statement: string): Promise<readonly unknown[]>
}

async function open(t: Test): Promise<DatabaseStage> {
  const { database, drop } = await createDatabase(String(server))
  t.teardown(drop)
  const proxy = await startTcpProxy(t, Number(new URL(database).port))
  const url = new URL(database)
  url.port = String(proxy.port)
  const stage = await setFaultStage(t, {
    environment: { SQLITE_PATH: '', DATABASE_URL: url.href, REGISTRY_MAX_STALENESS: '60' },
  })
  t.equal((await stage.token('contoso')).status, 200)
  const query = async (statement: string) => {
    const client = new pg.Client({ connectionString: database })
    await client.connect()
    const { rows } = await client.query(statement)
    await client.end()
    return rows
  }
  return { ...stage, database, proxy, query }
}

const change = ({ operator }: FaultStage, id: string) =>
  operator('PUT', `/callers/${id}`, { role: 'caller', grants: [] })

async function timed(work: Promise<ApiReply>): Promise<[ApiReply, number]> {
  const startedAt = performance.now()
  return [await work, performance.now() - startedAt]
}

/** Operators are told so, soon; tokens go on by the snapshot, for a minute. */
async function expectAway(t: Test, stage: DatabaseStage, longest: number) {
  for (const work of [
    stage.operator('GET', '/tenants'),
    change(stage, 'late'),
    stage.operator('GET', '/audit'),
  ]) {
    const [reply, milliseconds] = await timed(work)
    expectProblem(t, reply, away)
    t.match(reply.headers['retry-after'], /^\d+$/)
    t.ok(milliseconds < longest, `${Math.round(milliseconds)} ms`)
  }
  t.equal((await stage.token('contoso')).status, 200, 'tokens go on')
  t.equal((await stage.anonymous('GET', '/readyz')).status, 200)
}

async function expectStale(t: Test, stage: DatabaseStage) {
  await stage.pass(61)
  expectProblem(t, await stage.token('contoso'), away, 'who was revoked meanwhile is not served')
  expectProblem(t, await stage.anonymous('GET', '/readyz'), { status: 503, code: 'not_ready' })
  t.equal((await stage.anonymous('GET', '/livez')).status, 200)
}

async function expectHealing(t: Test, stage: DatabaseStage) {
  const startedAt = performance.now()
  const isWell = async () =>
    (await stage.operator('GET', '/tenants')).status === 200 &&
    (await stage.token('contoso')).status === 200 &&
    (await change(stage, 'healed')).status < 300
  while (!(await isWell())) {
    if (performance.now() - startedAt > 2 * longestHealing) break
    await delay(50)
  }
  const milliseconds = Math.round(performance.now() - startedAt)
  t.ok(milliseconds < longestHealing, `healed in ${milliseconds} ms`)
}

prove(
  'database',
  'long',
  {
    async slow(t) {
      const stage = await open(t)
      await stage.proxy.set('slow')
      const [read, milliseconds] = await timed(stage.operator('GET', '/tenants'))
      t.equal(read.status, 200)
      t.ok(milliseconds > 150)
      const [token, sooner] = await timed(stage.token('contoso'))
      t.equal(token.status, 200)
      t.ok(sooner < milliseconds, `${Math.round(sooner)} ms, and ${Math.round(milliseconds)} ms to read`)
    },

    async hung(t) {
      const stage = await open(t)
      await stage.proxy.set('stall')
      await expectAway(t, stage, 5_000)
      await expectStale(t, stage)
      await stage.proxy.set('pass')
      await expectHealing(t, stage)
    },

    async refused(t) {
      const stage = await open(t)
      await stage.proxy.set('refuse')
      await expectAway(t, stage, 1_000)
      await expectStale(t, stage)
      await stage.proxy.set('pass')
      await expectHealing(t, stage)
    },

    async reset(t) {
      const stage = await open(t)
      for (let round = 0; round < 20; round += 1) {
        const reading = stage.operator('GET', round % 2 === 0 ? '/tenants' : '/audit')
        stage.proxy.cut()
        t.equal((await reading).status, 200)
      }
      await stage.proxy.set('reset')
      await expectAway(t, stage, 1_000)
      await stage.proxy.set('pass')
      await expectHealing(t, stage)
    },

    async throttled(t) {
      const stage = await open(t)
      const lock = new pg.Client({ connectionString: stage.database })
      await lock.connect()
      t.teardown(() => lock.end())
      await lock.query('begin; lock table registry_meta')
      const held = Array.from(Array(10), (_, number) => change(stage, `held-${number}`))
      await delay(200)
      const [reply, milliseconds] = await timed(change(stage, 'eleventh'))
      expectProblem(t, reply, away)
      t.ok(milliseconds < 900, `${Math.round(milliseconds)} ms`)
      t.equal((await stage.token('contoso')).status, 200)
      await lock.query('rollback')
      for (const one of held) t.ok([201, 503].includes((await one).status))
      await expectHealing(t, stage)
    },

    async failing(t) {
      const stage = await open(t)
      const end = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()'
      for (let round = 0; round < 5; round += 1) {
        await stage.query(`${end} and pid <> pg_backend_pid()`)
        t.equal((await stage.operator('GET', '/tenants')).status, 200, 'a read is tried once more')
        t.equal((await stage.token('contoso')).status, 200)
      }
      await expectHealing(t, stage)
    },

    async nonsense(t) {
      const stage = await open(t)
      await stage.proxy.set('garbage')
      await expectAway(t, stage, 5_000)
      await stage.proxy.set('pass')
      stage.proxy.cut()
      await expectHealing(t, stage)

      const { database, drop } = await createDatabase(String(server))
      t.teardown(drop)
      const home = await brokerHome(t, { SQLITE_PATH: '', DATABASE_URL: database })
      await (await home.start()).kill()
      const client = new pg.Client({ connectionString: database })
      await client.connect()
      await client.query('alter table grant_rule drop column excess')
      await client.end()
      await t.rejects(home.start(), /lacks grant_rule\.excess: somebody changed its tables/)
    },

    async misdirected(t) {
      const home = await brokerHome(t, {
        SQLITE_PATH: '',
        DATABASE_URL: 'postgres://broker@nowhere.invalid/x',
      })
      await t.rejects(home.start(), /the broker cannot start|ENOTFOUND|EAI_AGAIN/)
    },

    async flapping(t) {
      const stage = await open(t)
      const written: string[] = []
      for (let round = 0; round < 10; round += 1) {
        await stage.proxy.set(round % 2 === 0 ? 'pass' : 'reset')
        const id = `flapping-${round}`
        const reply = await change(stage, id)
        t.ok([200, 201, 503].includes(reply.status), String(reply.status))
        if (reply.status < 300) written.push(id)
        t.equal((await stage.token('contoso')).status, 200)
      }
      await stage.proxy.set('pass')
      await expectHealing(t, stage)
      for (const id of written) await expectSuccess(stage.operator('GET', `/callers/${id}`))
      t.ok(written.length >= 4)
    },
  },
  server === undefined && 'TEST_DATABASE_URL names no server',
)
