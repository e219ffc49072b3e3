import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { expectSuccess } from '../../../sandbox/api-client.ts'
import { entraQueue } from '../../../src/broker/guard-issuer.ts'
import { expectProblem } from '../../http/expect-problem.ts'
import { prove } from '../prove.ts'
import { setFaultStage } from '../stage.ts'

/** Few enough for a slow machine to begin them all while the first are still at Entra. */
const flights = 64
const { entra, token, addTenant, pass, metric } = await setFaultStage(t, {
  environment: { ENTRA_MAX_REQUESTS: String(flights) },
})
/** More than fly and wait together. */
const tenants = flights + entraQueue.queue + 38
const ids = Array.from(Array(tenants), (_, number) => `tenant-${number}`)
for (const id of ids) await addTenant(id)
await addTenant('held')
const tokenRequests = { match: 'POST /' }

/** Milliseconds that Entra takes: half of its deadline, and so long has the machine to start all flights. */
const slowest = 5_000

/** Everybody asks at once, while a held token is asked for again and again. */
async function storm(t: Test) {
  const startedAt = performance.now()
  const outcomes = ids.map(async (id) => {
    const reply = await token(id)
    return { reply, milliseconds: performance.now() - startedAt }
  })
  while ((await metric('token_broker_entra_requests_in_flight{cloud="global"}')) !== flights) {
    if (performance.now() - startedAt > slowest) throw new Error('the flights are not all under way')
    // To look all the time would keep those from starting that are waited for.
    await delay(50)
  }
  for (let number = 0; number < 20; number += 1) {
    const heldAt = performance.now()
    t.match(await token('held'), { status: 200, headers: { 'cache-status': /hit/ } })
    t.ok(performance.now() - heldAt < 500, 'hits are not held up')
  }
  const settled = await Promise.all(outcomes)
  const refused = settled.filter(({ reply }) => reply.body['code'] === 'entra_busy')
  for (const { reply } of refused.slice(0, 5)) {
    expectProblem(t, reply, { status: 503, code: 'entra_busy' })
    t.equal(reply.headers['retry-after'], '1')
  }
  t.equal(refused.length, tenants - flights)
  // All at once keep a small machine busy for seconds; what they must not wait for is Entra.
  t.ok(Math.max(...refused.map(({ milliseconds }) => milliseconds)) < slowest, 'they were told soon')
  return settled.filter(({ reply }) => reply.body['code'] !== 'entra_busy').map(({ reply }) => reply)
}

await expectSuccess(token('held'))

prove('overload', 'long', {
  async hung(t) {
    await entra('POST', '/_sandbox/faults', { ...tokenRequests, delay_ms: 600_000 })
    for (const { status, body } of await storm(t)) t.match([status, body['code']], [503, 'entra_unavailable'])
    t.equal(await metric('token_broker_entra_breaker_open{cloud="global"}'), 1)
    await entra('DELETE', '/_sandbox/faults')
    await pass(31)
    t.equal((await token('tenant-0')).status, 200)
    t.equal(await metric('token_broker_entra_breaker_open{cloud="global"}'), 0)
  },

  async slow(t) {
    await pass(3_500)
    t.equal((await token('held', { minimum_validity_seconds: 600 })).status, 200)
    await entra('POST', '/_sandbox/faults', { ...tokenRequests, delay_ms: slowest })
    for (const { status } of await storm(t)) t.equal(status, 200)
    await entra('DELETE', '/_sandbox/faults')
    await pass(2)
    for (const id of ids) t.equal((await token(id)).status, 200)
  },
})
