import t from 'tap'
import { createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { expectRefusal, listOf } from './expect-refusal.ts'

let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() }
const { operator, caller, sandbox } = await runSandbox(t, { platform: { clock } })
const as = (key: string) => createApiClient({ origin: sandbox.broker.origin, key })
const path = '/callers/rotating/keys'
await expectSuccess(operator('PUT', '/callers/rotating', { role: 'auditor', grants: [] }))

const make = (body: object = {}) => expectSuccess(operator('POST', path, body))
const listed = async () => listOf((await expectSuccess(operator('GET', path)))['items'])
const tryKey = (made: Record<string, unknown>) => as(text(made, 'key'))('GET', '/callers')
const refused = { status: 401, code: 'unauthenticated' }

t.test('a key is shown once; the list tells its id and times alone', async (t) => {
  const expiry = new Date(Date.now() + 60_000).toISOString()
  const [lasting, short] = [await make(), await make({ expires_at: expiry })]
  t.equal(short['expires_at'], expiry)
  t.strictSame(
    await listed(),
    [lasting, short].map(({ key: _secret, ...rest }) => rest),
  )
  const everything = JSON.stringify([
    (await operator('GET', '/callers/rotating')).body,
    (await operator('GET', '/audit?target=callers/rotating')).body,
    (await operator('GET', '/export')).body,
  ])
  for (const made of [lasting, short]) t.notOk(everything.includes(String(text(made, 'key').split('.')[2])))
  t.equal((await tryKey(lasting)).status, 200)
  t.equal((await tryKey(short)).status, 200)

  const third = await operator('POST', path, {})
  expectRefusal(t, third, { status: 409, code: 'conflict' })
  ahead = 61_000
  expectRefusal(t, await tryKey(short), refused)
  t.equal((await listed()).length, 2, 'an expired key is still listed')
  t.equal((await tryKey(await make())).status, 200, 'and makes room for another')
  expectRefusal(t, await operator('POST', path, {}), { status: 409, code: 'conflict' })
})

t.test('a key that is deleted is refused at once, and the others go on', async (t) => {
  for (const { id } of await listed()) await expectSuccess(operator('DELETE', `${path}/${String(id)}`))
  const [one, other] = [await make(), await make()]
  const deleted = await operator('DELETE', `${path}/${text(one, 'id')}`)
  t.strictSame([deleted.status, deleted.body], [204, {}])
  expectRefusal(t, await tryKey(one), refused)
  t.equal((await tryKey(other)).status, 200)
  t.strictSame(
    (await listed()).map(({ id }) => id),
    [other['id']],
  )
  expectRefusal(t, await operator('DELETE', `${path}/${text(one, 'id')}`), { status: 404, code: 'not_found' })
  const elsewhere = await operator('DELETE', `/callers/demo-service/keys/${text(other, 'id')}`)
  expectRefusal(t, elsewhere, { status: 404, code: 'not_found' })
  t.equal((await tryKey(other)).status, 200)
})

t.test('keys of nobody, keys that never were valid, and who may make any', async (t) => {
  const missing = { status: 404, code: 'not_found' }
  expectRefusal(t, await operator('GET', '/callers/nobody/keys'), missing)
  expectRefusal(t, await operator('POST', '/callers/nobody/keys', {}), missing)
  expectRefusal(t, await operator('DELETE', '/callers/nobody/keys/abc'), missing)
  const invalid = { status: 400, code: 'invalid_request', pointers: ['/expires_at'] }
  const past = { expires_at: new Date(Date.now() - 1000).toISOString() }
  expectRefusal(t, await operator('POST', path, past), invalid)
  expectRefusal(t, await operator('POST', path, { expires_at: 'tomorrow' }), invalid)
  const auditor = as(text(await make(), 'key'))
  t.equal((await auditor('GET', path)).status, 200)
  for (const [method, where] of [
    ['POST', path],
    ['DELETE', `${path}/abc`],
  ] as const) {
    const body = method === 'POST' ? {} : undefined
    expectRefusal(t, await auditor(method, where, body), { status: 403, code: 'role_required' })
    expectRefusal(t, await caller(method, where, body), { status: 403, code: 'role_required' })
  }
  expectRefusal(t, await caller('GET', path), { status: 403, code: 'role_required' })
})
