import t from 'tap'
import { createApiClient, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items } from '../http/json-value.ts'
import { setStage } from './stage.ts'

let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() }
const { operator, sandbox } = await setStage(t, { platform: { clock } })
const as = (key: string) => createApiClient({ origin: sandbox.broker.origin, key })
const unauthenticated = { status: 401, code: 'unauthenticated' }

t.test('a caller is registered, and read as it was registered', async (t) => {
  const grants = [
    { tenants: '*', permissions: ['Mail.Read', 'outlook:IMAP.AccessAsApp'], excess: 'allow' },
    { tenants: { ids: ['contoso', 'not-yet-there'] }, permissions: ['Mail.Send'], excess: 'refuse' },
    { tenants: { labels: { plan: 'pro' } }, permissions: ['Mail.Send'], excess: 'refuse' },
  ]
  const caller = { id: 'orders', role: 'caller', dialect: 'aurinko', grants, enabled: true }
  const { status, headers, body } = await operator('POST', '/callers', caller)
  t.equal(status, 201)
  t.equal(headers['location'], '/callers/orders')
  t.match(headers['etag'], /^"\d+"$/)
  t.match(body, caller)
  t.strictSame(body['keys'], [])
  t.strictSame((await operator('GET', '/callers/orders')).body, body)
  expectProblem(t, await operator('POST', '/callers', caller), { status: 409, code: 'already_exists' })
})

t.test('a key is shown once, and works', async (t) => {
  const { status, headers, body } = await operator('POST', '/callers/orders/keys', {})
  t.equal(status, 201)
  t.equal(headers['cache-control'], 'no-store')
  const key = text(body, 'key')
  t.match(key, /^gtb\.[a-z0-9]{16}\.[A-Za-z0-9_-]{43}$/)
  t.equal((await as(key)('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })).status, 200)
  for (const path of ['/callers/orders', '/callers']) {
    const shown = JSON.stringify((await operator('GET', path)).body)
    t.match(shown, text(body, 'id'))
    t.notMatch(shown, key.slice(-43))
    t.notMatch(shown, /sha256|[0-9a-f]{64}/)
  }
})

t.test('two keys are valid at most, so that one can replace the other', async (t) => {
  t.equal((await operator('POST', '/callers/orders/keys', {})).status, 201)
  const third = await operator('POST', '/callers/orders/keys', {})
  expectProblem(t, third, { status: 409, code: 'conflict' })
  t.match(third.body['detail'], '2 valid keys')
  t.equal(items((await operator('GET', '/callers/orders')).body['keys']).length, 2)
})

t.test('a key works until it expires, in whatever zone that was said', async (t) => {
  await operator('POST', '/callers', { id: 'brief', role: 'auditor', grants: [] })
  const end = new Date(Date.now() + 3_600_000)
  const zoned = new Date(end.getTime() + 2 * 3_600_000).toISOString().replace('Z', '+02:00')
  const { status, body } = await operator('POST', '/callers/brief/keys', { expires_at: zoned })
  t.equal(status, 201)
  t.equal(body['expires_at'], end.toISOString())
  const brief = as(text(body, 'key'))
  t.equal((await brief('GET', '/scopes')).status, 200)
  t.equal((await operator('POST', '/callers/brief/keys', {})).status, 201)
  t.equal((await operator('POST', '/callers/brief/keys', {})).status, 409)
  ahead = 3_600_001
  expectProblem(t, await brief('GET', '/scopes'), unauthenticated)
  t.equal((await operator('POST', '/callers/brief/keys', {})).status, 201, 'an expired key holds no place')
})

t.test('a key that has expired before it began', async (t) => {
  const reply = await operator('POST', '/callers/demo-service/keys', { expires_at: '2020-01-01T00:00:00Z' })
  expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/expires_at' })
})

t.test('whoever holds no valid key is told nothing of why', async (t) => {
  await operator('POST', '/callers', { id: 'disabled', role: 'caller', grants: [], enabled: false })
  const disabled = text((await operator('POST', '/callers/disabled/keys', {})).body, 'key')
  const { operatorKey } = sandbox.demo
  const keys = [
    disabled,
    `${operatorKey.slice(0, -1)}${operatorKey.endsWith('A') ? 'B' : 'A'}`,
    `gtb.${'0'.repeat(16)}.${'A'.repeat(43)}`,
    sandbox.broker.bootstrapKey,
    `${operatorKey}.${operatorKey}`,
    'x',
    'x'.repeat(600),
  ]
  const bodies = new Set<string>()
  for (const key of keys) {
    const reply = await as(key)('GET', '/callers')
    expectProblem(t, reply, unauthenticated, key.slice(0, 8))
    t.equal(reply.headers['www-authenticate'], 'Bearer realm="graph-token-broker"')
    bodies.add(JSON.stringify({ ...reply.body, instance: '' }))
  }
  for (const authorization of [
    '',
    'Basic eDp5',
    `bearer\t${operatorKey}`,
    `Token ${operatorKey}`,
    operatorKey,
  ]) {
    const anonymous = createApiClient({ origin: sandbox.broker.origin })
    const reply = await anonymous('GET', '/callers', undefined, { authorization })
    expectProblem(t, reply, unauthenticated, authorization.slice(0, 8))
    bodies.add(JSON.stringify({ ...reply.body, instance: '' }))
  }
  t.equal(bodies.size, 1)
})
