import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { ApiClient, ApiReply } from '../../sandbox/api-client.ts'
import { brokerHome, createCaller } from '../broker-process.ts'
import { median } from '../median.ts'
import { createDatabase, startPostgres, withoutPostgres } from '../postgres.ts'
import { createChance } from '../writers/chance.ts'
import { createWriters } from '../writers/writers.ts'

const kills = 20
/** Milliseconds. */
const longestRun = 1_000
const longestOutage = 2_500
const longestWait = 10_000
const longestHealing = 5_000

t.setTimeout(600_000)

const name = `${kills} times kill -9 of PostgreSQL while everything is written: 503, then all is there, by itself`
t.test(name, { skip: withoutPostgres }, async (t) => {
  const chance = createChance()
  t.comment(`TEST_SEED=${chance.seed}`)
  const postgres = await startPostgres()
  t.teardown(() => postgres.close())
  const { database } = await createDatabase(postgres.url)
  const home = await brokerHome(t, { SQLITE_PATH: '', DATABASE_URL: database })
  const broker = await home.start()
  const operator = home.client(await createCaller(home.bootstrap, 'operator', 'operator'))
  const probe = createProbe(operator)
  t.equal((await probe()).status, 201)
  const writers = await createWriters(operator, home.client, chance)

  const healing: number[] = []
  let refused = 0
  for (let kill = 1; kill <= kills; kill += 1) {
    const about = `kill ${kill}`
    const end = writers.write()
    await delay(chance.fraction() * longestRun)
    await postgres.kill()
    const back = delay(200 + chance.fraction() * longestOutage).then(() => postgres.start())
    const replies = [...(await end()), ...(await askUntil(probe, back))]
    refused += replies.length
    expectUnavailable(t, replies, about)

    const startedAt = performance.now()
    while ((await probe()).status !== 200 && performance.now() - startedAt < 2 * longestHealing)
      await delay(20)
    healing.push(Math.round(performance.now() - startedAt))
    await writers.settle(t, about)
    t.equal(broker.process.exitCode, null, `${about}: the broker runs on`)
    if (!t.passing()) break
  }
  t.ok(Math.max(...healing) <= longestHealing, 'healed within 5 s each time')
  t.ok(slowest <= longestWait, 'nobody waited longer than 10 s')
  t.comment(`${healing.length} kills, ${writers.changes} changes, none lost; ${refused} requests refused`)
  t.comment(`healed in ${median(healing)} ms (median), ${Math.max(...healing)} ms (longest)`)
  t.comment(`longest request ${Math.round(slowest)} ms`)
})

let slowest = 0

/** Writes what is there already, so that it changes nothing whether or not it gets through. */
function createProbe(operator: ApiClient): () => Promise<ApiReply> {
  const caller = { role: 'caller', grants: [{ tenants: '*', permissions: ['Mail.Read'] }] }
  return async () => {
    const startedAt = performance.now()
    const reply = await operator('PUT', '/callers/probe', caller)
    slowest = Math.max(slowest, performance.now() - startedAt)
    return reply
  }
}

/** Whatever comes, the database is back when this settles: nothing may start behind a test that has failed. */
async function askUntil(probe: () => Promise<ApiReply>, end: Promise<void>): Promise<ApiReply[]> {
  const replies: ApiReply[] = []
  let ended = false
  const ending = end.finally(() => {
    ended = true
  })
  try {
    while (!ended) {
      const reply = await probe()
      if (reply.status !== 200) replies.push(reply)
      await delay(20)
    }
  } finally {
    await ending
  }
  return replies
}

function expectUnavailable(t: Test, replies: readonly ApiReply[], about: string): void {
  const others = replies.filter(({ status, headers, body }) => {
    const isProblem = String(headers['content-type']).startsWith('application/problem+json')
    const isOurs = status === 503 && body['code'] === 'registry_unavailable' && isProblem
    return !isOurs || !/^\d+$/.test(String(headers['retry-after']))
  })
  t.strictSame(others, [], `${about}: ${replies.length} writes were refused, each with 503 and Retry-After`)
  t.ok(replies.length > 0, `${about}: some writes were refused`)
}
