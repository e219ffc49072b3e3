import { once } from 'node:events'
import { createServer } from 'node:https'
import t, { type Test } from 'tap'
import { type ApiReply, expectSuccess } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { members } from '../http/json-value.ts'
import { prove } from './prove.ts'
import { setFaultStage } from './stage.ts'

const stage = await setFaultStage(t)
const { cloud, operator, entra, entraProxy, token, addTenant, pass, metric } = stage
const away = { status: 503, code: 'entra_unavailable' }
const isOpen = () => metric('token_broker_entra_breaker_open{cloud="global"}')

const paths = new Map<string, string>()
async function add(...ids: string[]) {
  for (const id of ids) paths.set(id, `/${await addTenant(id)}/oauth2/v2.0/token`)
}
/** Requests that reached Entra for a tenant. */
async function asked(id: string): Promise<number> {
  const { body } = await entra('GET', '/_sandbox/requests')
  return Number(members(body['by_route'])[`POST ${paths.get(id)}`] ?? 0)
}
const arm = (id: string, fault: object) =>
  entra('POST', '/_sandbox/faults', { match: `POST ${paths.get(id)}`, ...fault })
const mend = () => entra('DELETE', '/_sandbox/faults')

function expectAway(t: Test, reply: ApiReply, atMost: number) {
  expectProblem(t, reply, away)
  t.ok(Number(reply.headers['retry-after']) <= atMost, `Retry-After: ${reply.headers['retry-after']}`)
}

/** Whoever waits as told is served, and no earlier failure stands in the way of the next proof. */
async function expectRecovery(t: Test, id: string, seconds = 31) {
  await pass(seconds)
  t.equal((await token(id)).status, 200)
  t.equal(await isOpen(), 0)
  await pass(31)
}

/** A second resource, which Entra counts with the first. */
async function patch(path: string, change: object) {
  const { headers } = await operator('GET', path)
  await expectSuccess(operator('PATCH', path, change, { 'if-match': String(headers['etag']) }))
}
const permissions = ['Mail.Read', 'outlook:IMAP.AccessAsApp']
await patch('/applications/demo', { permissions })
await patch('/callers/demo-service', { grants: [{ tenants: '*', permissions }] })

await add('held')
await expectSuccess(token('held'))
const expectHeld = async (t: Test) =>
  t.match(await token('held'), { status: 200, headers: { 'cache-status': /hit/ } })

prove('entra', 'quick', {
  async slow(t) {
    await add('slow')
    await arm('slow', { delay_ms: 400 })
    const slow = token('slow')
    const startedAt = performance.now()
    await expectHeld(t)
    t.ok(performance.now() - startedAt < 300)
    t.equal((await slow).status, 200)
    await mend()
  },

  async refused(t) {
    const ids = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']
    await add(...ids)
    await entraProxy.set('refuse')
    for (const id of ids) expectAway(t, await token(id), 30)
    t.equal(await isOpen(), 1)
    await expectHeld(t)
    await entraProxy.set('pass')
    const { dialled } = entraProxy
    expectAway(t, await token('r6'), 30)
    t.equal(entraProxy.dialled, dialled, 'no connection is tried')
    await expectRecovery(t, 'r6')
    t.equal(await asked('r6'), 1)
  },

  async reset(t) {
    await add('reset')
    await arm('reset', { reset: true })
    expectAway(t, await token('reset'), 30)
    t.equal(await asked('reset'), 1, 'once')
    await mend()
    await expectRecovery(t, 'reset')
  },

  async throttled(t) {
    await add('throttled', 'other')
    await arm('throttled', { status: 429, headers: { 'retry-after': '45' }, times: 1 })
    const first = await token('throttled')
    expectProblem(t, first, { status: 503, code: 'entra_throttled' })
    t.equal(first.headers['retry-after'], '45')
    await pass(15)
    const outlook = await token('throttled', {
      dialect: 'graph',
      scopes: ['https://outlook.office365.com/IMAP.AccessAsApp'],
    })
    t.match([outlook.status, outlook.body['code']], [503, 'entra_throttled'])
    t.equal(outlook.headers['retry-after'], '30', 'the rest of it, for the other resource too')
    t.match(await operator('POST', '/tenants/throttled/diagnosis'), {
      body: { applications: [{ failure: { code: 'entra_throttled' } }] },
    })
    t.equal((await token('other')).status, 200)
    t.equal(await metric('token_broker_entra_gates_closed{cloud="global"}'), 1)
    t.equal(await asked('throttled'), 1)
    await expectRecovery(t, 'throttled', 30)

    await add('dated')
    const date = new Date(Date.now() + 20_000).toUTCString()
    await arm('dated', { status: 429, headers: { 'retry-after': date }, times: 1 })
    const wait = Number((await token('dated')).headers['retry-after'])
    t.ok(wait >= 18 && wait <= 20, 'as a date')
    await expectRecovery(t, 'dated', wait)
  },

  async failing(t) {
    const ids = ['f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7']
    await add(...ids)
    await entra('POST', '/_sandbox/faults', { match: '/oauth2/v2.0/token', status: 500, body: '' })
    for (const id of ids.slice(0, 5)) expectAway(t, await token(id), 30)
    const startedAt = performance.now()
    expectAway(t, await token('f6'), 30)
    t.ok(performance.now() - startedAt < 100, 'at once')
    t.equal(await asked('f6'), 0)
    await expectHeld(t)
    await pass(31)
    await Promise.all(['f6', 'f7'].map(async (id) => expectAway(t, await token(id), 30)))
    t.equal((await asked('f6')) + (await asked('f7')), 1, 'one of them tried')
    await mend()
    t.equal(await isOpen(), 1)
    const { body } = await operator('POST', '/tenants/f6/diagnosis')
    t.notMatch(JSON.stringify(body), 'entra_unavailable')
    t.equal(await isOpen(), 0)
    await expectRecovery(t, 'f6', 0)
  },

  async nonsense(t) {
    await add('nonsense')
    await arm('nonsense', { status: 200, body: '<h1>Welcome</h1>' })
    for (let number = 0; number < 6; number += 1) {
      expectProblem(t, await token('nonsense'), { status: 502, code: 'entra_nonsense' })
      t.equal(await asked('nonsense'), number + 1)
      t.equal((await token('nonsense')).status, 502, 'remembered')
      await pass(5)
      t.equal(await asked('nonsense'), number + 1)
      await pass(26)
    }
    t.equal(await isOpen(), 0)
    await mend()
    await expectRecovery(t, 'nonsense')
  },

  async oversized(t) {
    await add('oversized')
    const body = { access_token: 'x', token_type: 'Bearer', expires_in: 3599, pad: 'x'.repeat(66_000) }
    await arm('oversized', { status: 200, body })
    expectProblem(t, await token('oversized'), { status: 502, code: 'entra_nonsense' })
    await mend()
    await expectRecovery(t, 'oversized')
  },

  async misdirected(t) {
    await add('misdirected')
    let received = ''
    const elsewhere = createServer(await cloud.issue(['somebody.example']), (request, response) => {
      received += request.url
      response.end()
    }).listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    t.teardown(() => elsewhere.close())
    const address = elsewhere.address()
    entraProxy.aim(Number(members(address)['port']))
    entraProxy.cut()
    expectAway(t, await token('misdirected'), 30)
    await expectHeld(t)
    t.equal(received, '', 'nothing has left')
    entraProxy.aim(cloud.entra.port)
    await expectRecovery(t, 'misdirected')
  },

  async flapping(t) {
    const ids = Array.from(Array(20), (_, number) => `flapping-${number}`)
    await add(...ids)
    for (const [number, id] of ids.entries()) {
      if (number % 4 !== 3) await arm(id, { status: 503, body: '', times: 1 })
      t.equal((await token(id)).status, number % 4 === 3 ? 200 : 503)
      await expectHeld(t)
    }
    t.equal(await isOpen(), 0)
    await pass(31)
    for (const id of ids) t.equal((await token(id)).status, 200)
  },
})
