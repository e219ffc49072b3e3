import t from 'tap'
import { type ApiClient, createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { etagOf, expectRefusal, ifMatch, listOf } from './expect-refusal.ts'

let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() }
const { operator, sandbox } = await runSandbox(t, { platform: { clock } })
const as = (key: string) => createApiClient({ origin: sandbox.broker.origin, key })
const refused = { status: 401, code: 'unauthenticated' }

async function patch(path: string, body: object) {
  return operator('PATCH', path, body, ifMatch(await operator('GET', path)))
}

async function makeKey(id: string, expiresAt?: number) {
  const order = expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }
  const made = await expectSuccess(operator('POST', `/callers/${id}/keys`, order))
  return { id: text(made, 'id'), key: text(made, 'key') }
}

t.test('grants are replaced as a whole; a dialect goes with null', async (t) => {
  const path = '/callers/merged'
  const grant = { tenants: { ids: ['b', 'a'] }, permissions: ['Mail.Send', 'mail.read'] }
  await expectSuccess(operator('PUT', path, { role: 'caller', dialect: 'aurinko', grants: [grant, grant] }))
  const labels = { tenants: { labels: { plan: 'pro' } }, permissions: ['Mail.Read'], excess: 'allow' }
  const { body } = await patch(path, { grants: [labels], dialect: null })
  t.strictSame(body['grants'], [labels])
  t.notOk('dialect' in body)
  const invalid = { status: 400, code: 'invalid_request' }
  const unknown = await patch(path, {
    grants: [labels, { ...labels, permissions: ['Mail.Read', 'Mail.Raed'] }],
  })
  expectRefusal(t, unknown, { ...invalid, pointers: ['/grants/1/permissions/1'] })
  expectRefusal(t, await patch(path, { role: 'root' }), { ...invalid, pointers: ['/role'] })
  expectRefusal(t, await patch(path, { grants: null }), { ...invalid, pointers: ['/grants'] })
  expectRefusal(t, await patch(path, { keys: [] }), { ...invalid, pointers: ['/keys'] })
})

t.test('a change of the caller keeps its keys, a removal takes them', async (t) => {
  const path = '/callers/keyed'
  await expectSuccess(operator('PUT', path, { role: 'caller', grants: [] }))
  const { id, key } = await makeKey('keyed')
  const { body } = await patch(path, { role: 'auditor' })
  t.strictSame(
    listOf(body['keys']).map((shown) => shown['id']),
    [id],
  )
  t.equal((await as(key)('GET', '/callers')).status, 200, 'and the key has the new role at once')
  await expectSuccess(patch(path, { enabled: false }))
  expectRefusal(t, await as(key)('GET', '/callers'), refused)
  await expectSuccess(patch(path, { enabled: true }))
  t.equal((await as(key)('GET', '/callers')).status, 200)
  await expectSuccess(operator('DELETE', path))
  expectRefusal(t, await as(key)('GET', '/callers'), refused)
  await expectSuccess(operator('PUT', path, { role: 'auditor', grants: [] }))
  expectRefusal(t, await as(key)('GET', '/callers'), refused)
})

t.test('the last operator who can sign in cannot be taken away', async (t) => {
  const last = { status: 409, code: 'last_operator' }
  const [own] = listOf((await expectSuccess(operator('GET', '/callers/operator/keys')))['items'])
  const etag = etagOf(await operator('GET', '/callers/operator'))

  async function expectAllRefused(about: string) {
    t.comment(about)
    expectRefusal(t, await operator('DELETE', '/callers/operator'), last)
    expectRefusal(t, await patch('/callers/operator', { enabled: false }), last)
    expectRefusal(t, await patch('/callers/operator', { role: 'auditor' }), last)
    expectRefusal(t, await operator('PUT', '/callers/operator', { role: 'caller', grants: [] }), last)
    expectRefusal(t, await operator('DELETE', `/callers/operator/keys/${String(own?.['id'])}`), last)
    t.equal(etagOf(await operator('GET', '/callers/operator')), etag)
  }

  await expectAllRefused('alone')
  await expectSuccess(operator('PUT', '/callers/second', { role: 'operator', grants: [] }))
  await expectAllRefused('the other has no key')
  const soon = await makeKey('second', Date.now() + 60_000)
  ahead = 61_000
  expectRefusal(t, await as(soon.key)('GET', '/callers'), refused)
  await expectAllRefused("the other's key has expired")
  await makeKey('second')
  await expectSuccess(patch('/callers/second', { enabled: false }))
  await expectAllRefused('the other is disabled')
  await expectSuccess(patch('/callers/second', { enabled: true, role: 'auditor' }))
  await expectAllRefused('the other is an auditor')
})

t.test('once another can sign in, an operator may go', async (t) => {
  await expectSuccess(patch('/callers/second', { role: 'operator' }))
  const { key } = await makeKey('second')
  const second: ApiClient = as(key)
  t.equal((await operator('DELETE', '/callers/operator')).status, 204)
  expectRefusal(t, await operator('GET', '/callers'), refused)
  expectRefusal(t, await second('DELETE', '/callers/second'), { status: 409, code: 'last_operator' })
  const bootstrap = as(sandbox.broker.bootstrapKey)
  expectRefusal(t, await bootstrap('GET', '/callers'), refused)
})
