import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Test } from 'tap'
import { type BrokerHome, type BrokerProcess, brokerHome, createCaller } from '../../broker-process.ts'
import { createDatabase } from '../../postgres.ts'
import { prove } from '../prove.ts'
import { startLoad } from './load.ts'

/** Milliseconds. */
const drain = 5_000
const longestEnd = 25_000

const server = process.env['TEST_DATABASE_URL']

/** Sends SIGTERM; settles with the time that the process took to end, and its status. */
async function terminate({ process: child }: BrokerProcess) {
  const startedAt = performance.now()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const [status] = await ended
  return { status, milliseconds: performance.now() - startedAt }
}

/** The operator's client of a home, over connections that are kept. */
async function operatorOf(home: BrokerHome) {
  return home.client(await createCaller(home.bootstrap, 'operator', 'operator'))
}

/** One line of a broker that does not start. */
async function expectNoStart(t: Test, home: BrokerHome, why: RegExp) {
  const error = await home.start().then(
    () => new Error('it started'),
    (caught: unknown) => (caught instanceof Error ? caught : new Error(String(caught))),
  )
  t.match(error.message, /the broker cannot start/)
  t.match(error.message, why)
}

async function refuses(origin: string): Promise<boolean> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  const outcome = await Promise.race([
    once(socket, 'connect').then(() => false),
    once(socket, 'error').then(() => true),
  ]).catch(() => true)
  socket.destroy()
  return outcome
}

prove(
  'process',
  'long',
  {
    async slow(t) {
      const home = await brokerHome(t)
      const broker = await home.start()
      const operator = await operatorOf(home)
      t.equal((await operator('GET', '/tenants')).status, 200)
      const ended = terminate(broker)
      const signalledAt = performance.now()
      let unready = Number.POSITIVE_INFINITY
      let served = 0
      while (performance.now() - signalledAt < drain - 500) {
        const { status, body, headers } = await operator('GET', '/readyz')
        if (status === 503) unready = Math.min(unready, performance.now() - signalledAt)
        if (status === 503) t.match([body['detail'], headers['connection']], [/is closing/, 'close'])
        if ((await operator('GET', '/tenants')).status === 200) served += 1
        await delay(100)
      }
      t.ok(unready < 500, `not ready after ${Math.round(unready)} ms`)
      t.ok(served >= 20, `${served} requests served meanwhile`)
      const { status, milliseconds } = await ended
      t.equal(status, 0)
      t.ok(milliseconds >= drain && milliseconds < longestEnd, `${Math.round(milliseconds)} ms`)
    },

    async refused(t) {
      const home = await brokerHome(t)
      const broker = await home.start()
      const ended = terminate(broker)
      await delay(drain - 1_500)
      t.notOk(await refuses(home.origin), 'new connections are still taken')
      await ended
      t.ok(await refuses(home.origin))
    },

    async hung(t) {
      const home = await brokerHome(t)
      const broker = await home.start()
      const socket = connect(Number(new URL(home.origin).port), '127.0.0.1')
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write('POST /tokens HTTP/1.1\r\nhost: broker\r\ncontent-length: 100\r\n\r\n{')
      const { milliseconds } = await terminate(broker)
      socket.destroy()
      t.ok(milliseconds < longestEnd + 1_000, `${Math.round(milliseconds)} ms`)
    },

    async failing(t) {
      const url = 'postgres://broker@127.0.0.1:1/nothing'
      const home = await brokerHome(t, { SQLITE_PATH: '', DATABASE_URL: url })
      await expectNoStart(t, home, /ECONNREFUSED/)
    },

    async flapping(t) {
      const { database, drop } = await createDatabase(String(server))
      t.teardown(drop)
      const shared = { SQLITE_PATH: '', DATABASE_URL: database }
      const first = await brokerHome(t, shared)
      const secrets = { BROKER_SECRET_FILE: join(first.folder, 'secret') }
      const homes = [
        first,
        await brokerHome(t, { ...shared, ...secrets }),
        await brokerHome(t, { ...shared, ...secrets }),
      ]
      const brokers: BrokerProcess[] = []
      for (const home of homes) brokers.push(await home.start())
      const key = await createCaller(first.bootstrap, 'operator', 'operator')
      const targets = homes.map((home) => ({ client: home.client(key), isReady: true }))

      // The others have the new key within a second.
      for (const { client } of targets)
        while ((await client('GET', '/callers')).status !== 200) await delay(50)

      let turn = 0
      const load = startLoad(targets, async (client) => {
        turn += 1
        const grants: object[] = []
        const isWrite = turn % 20 === 0
        const reply = isWrite
          ? await client('PUT', `/callers/caller-${turn % 7}`, { role: 'caller', grants })
          : await client('GET', '/callers?page_size=5')
        return reply.status
      })
      await delay(500)
      for (const [index, home] of homes.entries()) {
        const broker = brokers[index]
        if (broker === undefined) throw new Error('a replica is missing')
        const { status } = await terminate(broker)
        t.equal(status, 0)
        brokers[index] = await home.start()
        await delay(500)
      }

      await migrateFurther(database)
      await delay(2_000)
      const { failures, requests } = await load.end()
      t.same(failures, [])
      t.ok(requests > 500, `${requests} requests, ${failures.length} failed`)
      t.comment(`${requests} requests over three restarts and a newer schema, ${failures.length} failed`)

      await brokers[0]?.kill()
      await expectNoStart(t, first, /newer than this release: it has 9999-later/)
    },
  },
  server === undefined && 'TEST_DATABASE_URL names no server',
)

/** What the release after this one does to the database: it adds, and says that it was here. */
async function migrateFurther(database: string): Promise<void> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query('alter table tenant add column region text')
  await client.query("alter table caller add column owner text not null default ''")
  await client.query('create table region (id text primary key)')
  await client.query(
    "insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01T00:00:00Z')",
  )
  await client.end()
}
