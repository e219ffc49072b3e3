import { once } from 'node:events'
import { createServer } from 'node:https'
import t, { type Test } from 'tap'
import { type ApiReply, expectSuccess } from '../../../sandbox/api-client.ts'
import { expectProblem } from '../../http/expect-problem.ts'
import { members } from '../../http/json-value.ts'
import { addHolder, smallest } from '../../routes/holder.ts'
import { prove } from '../prove.ts'
import { setFaultStage } from '../stage.ts'

const stage = await setFaultStage(t)
const { cloud, vault, vaultProxy, anonymous, token, pass } = stage
/** Milliseconds. */
const deadline = 10_000
const secrets = 'GET /secrets/gtb-'
const away = { status: 503, code: 'key_vault_unavailable' }

// A key that is loaded.
await expectSuccess(token('contoso'))

interface ColdApplication {
  readonly vaultName: string
  token(): Promise<ApiReply>
}

/** Active without a trial, so that the vault was never asked for its key. */
async function addCold(t: Test, id: string): Promise<ColdApplication> {
  const holder = await addHolder(stage, id)
  const { body } = await holder.add(smallest)
  await holder.register({ certificates: [body['certificate']] })
  t.equal((await holder.change(body['id'], { state: 'active', verify: false })).status, 200)
  return { vaultName: String(members(body['key_vault'])['name']), token: holder.token }
}

/** The application whose key is loaded asks Entra with it: its token has expired. */
async function expectLoaded(t: Test) {
  await pass(3_560)
  t.equal((await token('contoso')).status, 200, 'a loaded key goes on')
  t.equal((await anonymous('GET', '/readyz')).status, 200)
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now()
  return [await work, performance.now() - startedAt]
}

/** Reads of this application's secret, past the proxy. */
async function reads({ vaultName }: ColdApplication): Promise<number> {
  const { body } = await vault('GET', '/_sandbox/requests')
  const routes = Object.entries(members(body['by_route']))
  return routes
    .filter(([route]) => route.startsWith(`GET /secrets/${vaultName}/`))
    .reduce((sum, [, count]) => sum + Number(count), 0)
}

function expectAway(t: Test, reply: ApiReply) {
  expectProblem(t, reply, away)
  t.match(reply.headers['retry-after'], /^\d+$/)
}

async function expectRecovery(t: Test, cold: ColdApplication) {
  await pass(31)
  t.equal((await cold.token()).status, 200)
}

/** A fault that the vault itself answers with, for good. */
async function expectThreeAttempts(t: Test, id: string, fault: object) {
  const cold = await addCold(t, id)
  await vault('POST', '/_sandbox/faults', { match: secrets, ...fault })
  expectAway(t, await cold.token())
  t.equal(await reads(cold), 3)
  await expectLoaded(t)
  await vault('DELETE', '/_sandbox/faults')
  await expectRecovery(t, cold)
}

/** A fault of the way to the vault. */
async function expectNoWay(t: Test, id: string, spoil: () => Promise<void>, mend: () => Promise<void>) {
  const cold = await addCold(t, id)
  await spoil()
  const [reply, milliseconds] = await timed(cold.token())
  expectAway(t, reply)
  t.ok(milliseconds < deadline + 1_000, `${Math.round(milliseconds)} ms`)
  t.equal(await reads(cold), 0)
  await expectLoaded(t)
  await mend()
  await expectRecovery(t, cold)
}

const pass_ = () => vaultProxy.set('pass')

prove('key_vault', 'long', {
  async slow(t) {
    const cold = await addCold(t, 'slow')
    await vault('POST', '/_sandbox/faults', { match: secrets, delay_ms: 1_000 })
    const [reply, milliseconds] = await timed(cold.token())
    t.equal(reply.status, 200)
    t.ok(milliseconds > 1_000)
    await vault('DELETE', '/_sandbox/faults')
  },
  hung: (t) =>
    expectNoWay(
      t,
      'hung',
      () => vaultProxy.set('stall'),
      async () => {
        await pass_()
        vaultProxy.cut()
      },
    ),
  refused: (t) => expectNoWay(t, 'refused', () => vaultProxy.set('refuse'), pass_),
  reset: (t) => expectThreeAttempts(t, 'reset', { reset: true }),
  throttled: (t) => expectThreeAttempts(t, 'throttled', { status: 429 }),
  failing: (t) => expectThreeAttempts(t, 'failing', { status: 500, body: '' }),
  async nonsense(t) {
    for (const [index, body] of [
      '<h1>Welcome</h1>',
      {},
      { value: 'no certificate' },
      { value: 'x', id: 'https://x/1' },
    ].entries()) {
      const cold = await addCold(t, `nonsense-${index}`)
      await vault('POST', '/_sandbox/faults', { match: secrets, status: 200, body })
      const reply = await cold.token()
      t.ok([424, 503].includes(reply.status), `${reply.status} ${String(reply.body['code'])}`)
      await expectLoaded(t)
      await vault('DELETE', '/_sandbox/faults')
      await expectRecovery(t, cold)
    }
  },
  async oversized(t) {
    const cold = await addCold(t, 'oversized')
    const id = `https://sandbox.vault.azure.net/secrets/${cold.vaultName}/1`
    const body = { value: 'x'.repeat(1_000_000), id }
    await vault('POST', '/_sandbox/faults', { match: secrets, status: 200, body, times: 9 })
    expectProblem(t, await cold.token(), { status: 424, code: 'credential_unreadable' })
    await expectLoaded(t)
    await vault('DELETE', '/_sandbox/faults')
    await expectRecovery(t, cold)
  },
  async misdirected(t) {
    let received = ''
    const tls = await cloud.issue(['somebody.example'])
    const elsewhere = createServer(tls, (request, response) => {
      received += request.headers.authorization
      response.end()
    }).listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    t.teardown(() => elsewhere.close())
    const port = Number(members(elsewhere.address())['port'])
    const aim = (at: number) => async () => {
      vaultProxy.aim(at)
      vaultProxy.cut()
    }
    await expectNoWay(t, 'misdirected', aim(port), aim(cloud.keyVault.port))
    t.equal(received, '', 'nothing has left')
  },
  async flapping(t) {
    const cold = await addCold(t, 'flapping')
    await vault('POST', '/_sandbox/faults', { match: secrets, status: 503, body: '', times: 2 })
    t.equal((await cold.token()).status, 200)
    t.equal(await reads(cold), 3)
  },
})
