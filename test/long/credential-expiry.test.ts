import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import type { Clock } from '../../src/broker/ports.ts'
import { items } from '../http/json-value.ts'
import { createRawClient } from '../http/raw-client.ts'
import { addHolder, smallest } from '../routes/holder.ts'
import { setStage } from '../routes/stage.ts'

const day = 86_400_000
let ahead = 0
// Both clocks run ahead, as when a machine slept: what Entra's clock said is too long ago to count.
const clock: Clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead }
const stage = await setStage(t, { platform: { clock } })
const { operator, anonymous, sandbox } = stage
const scrape = createRawClient(sandbox.broker.origin)
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString()

async function expiryDays(application: string): Promise<readonly string[]> {
  const { text } = await scrape({ method: 'GET', path: '/metrics' })
  return text
    .split('\n')
    .filter((line) => line.startsWith('token_broker_credential_expiry_days{'))
    .filter((line) => line.includes(`application="${application}"`))
}

const warnings = async () => {
  let reply = await anonymous('GET', '/readyz')
  // After a leap, until the registry has been looked at again.
  while (reply.status !== 200) reply = await anonymous('GET', '/readyz')
  const { status, body, headers } = reply
  t.strictSame([status, body['status'], headers['cache-control']], [200, 'ready', 'no-store'])
  return body['warnings']
}

const holder = await addHolder(stage, 'expiring')
const value = 'abc8Q~a-secret-that-entra-made'
const secret = await expectSuccess(holder.add({ type: 'client_secret', value, expires_at: inDays(6) }))
const year = await expectSuccess(holder.add(smallest))

t.test('what is pending expires nobody’s work', async (t) => {
  t.strictSame(await warnings(), [])
  t.strictSame(await expiryDays('expiring'), [])
  t.equal((await expiryDays('demo')).length, 1)
})

t.test('an active credential that expires in six days', async (t) => {
  await holder.register({ secrets: [{ value, expires_at: inDays(6) }] })
  t.equal((await holder.change(secret['id'], { state: 'active' })).status, 200)
  t.strictSame(await warnings(), ['1 credential expires within 7 days'], 'and no application is named')
  const [line, ...others] = await expiryDays('expiring')
  t.match(line, `credential="${String(secret['id'])}",type="client_secret"} 5.99`)
  t.strictSame(others, [])
  t.equal((await holder.token()).status, 200)
})

t.test('as time goes by', async (t) => {
  ahead = 5.5 * day
  t.strictSame(await warnings(), ['1 credential expires within a day'])
  ahead = 6.5 * day
  t.strictSame(await warnings(), ['1 credential has expired'], 'others may still sign')
  t.match((await expiryDays('expiring'))[0], /"} -0\.5/)
  ahead = 340 * day
  t.strictSame(await warnings(), ['1 credential expires within 30 days', '1 credential has expired'])
  const late = await holder.add({ type: 'client_secret', value, expires_at: inDays(6) })
  t.equal(late.status, 400, 'a secret that is past')
  const after = await operator('GET', '/applications/expiring')
  const path = `${holder.path}/${String(year['id'])}`
  ahead = 400 * day
  await warnings()
  const activated = await operator(
    'PATCH',
    path,
    { state: 'active', verify: false },
    {
      'if-match': String(after.headers['etag']),
    },
  )
  t.match(activated, { status: 409, body: { code: 'conflict', detail: /expired on/ } })
  ahead = 0
})

t.test('what expires by then, and in which state', async (t) => {
  const found = async (query: string) => {
    const body = await expectSuccess(operator('GET', `/credentials?${query}`))
    return items(body['items']).map(({ application, credential }) => [
      application,
      ...items([credential]).map(({ id, state }) => `${String(id)} ${String(state)}`),
    ])
  }
  const mine = (credential: Record<string, unknown>, state: string) => [
    'expiring',
    `${String(credential['id'])} ${state}`,
  ]
  t.strictSame(await found(`expires_before=${inDays(7)}`), [mine(secret, 'active')])
  t.strictSame(await found(`expires_before=${inDays(5)}`), [])
  t.strictSame(await found(`expires_before=${inDays(7)}&state=pending`), [])
  t.strictSame(await found('state=pending'), [mine(year, 'pending')])
  t.equal((await found('state=active')).length, 2, 'the demo has one too')
  t.strictSame(await found('state=retired'), [])
  t.equal((await found('expires_before=9998-12-31T23:59:59-23:59')).length, 3)
  t.strictSame(await found('expires_before=0000-01-01T00:00:00%2B23:59'), [])
  const exact = encodeURIComponent(String(secret['expires_at']).replace('Z', '+00:00'))
  t.strictSame(await found(`expires_before=${exact}`), [], 'before, and not at')
  const first = await operator('GET', '/credentials?state=active&page_size=1')
  t.equal(items(first.body['items']).length, 1)
  const next = /^<([^>]+)>; rel="next"$/.exec(String(first.headers['link']))?.[1] ?? ''
  t.match(next, 'state=active', 'the next page has the same filter')
  t.equal(items((await operator('GET', next)).body['items']).length, 1)
  for (const state of ['', 'Active', 'expired'])
    t.equal((await operator('GET', `/credentials?state=${state}`)).status, 400, state)
})
