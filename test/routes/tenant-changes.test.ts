import { randomUUID } from 'node:crypto'
import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { expectRefusal, ifMatch, listOf } from './expect-refusal.ts'

const { operator, caller, anonymous } = await runSandbox(t)
const document = () => ({ directory_id: randomUUID(), applications: ['demo'] })
const gov = { client_id: randomUUID(), display_name: 'Gov', permissions: ['Mail.Read'], cloud: 'usgov' }
await expectSuccess(operator('PUT', '/applications/gov', gov))

async function patch(path: string, body: object) {
  return operator('PATCH', path, body, ifMatch(await operator('GET', path)))
}

t.test('labels are merged one by one, lists are replaced, null removes', async (t) => {
  const path = '/tenants/merged'
  const labels = { plan: 'pro', seats: '10' }
  await expectSuccess(
    operator('PUT', path, { ...document(), display_name: 'Name', labels, role_check: 'warn' }),
  )
  const merged = await patch(path, { labels: { seats: null, region: 'eu' }, display_name: null })
  t.strictSame(merged.body['labels'], { plan: 'pro', region: 'eu' })
  t.notOk('display_name' in merged.body)
  t.equal(merged.body['role_check'], 'warn')
  const own = await patch(path, { labels: { constructor: 'x', tostring: 'y' } })
  t.strictSame(own.body['labels'], { plan: 'pro', region: 'eu', constructor: 'x', tostring: 'y' })
  const reset = await patch(path, { labels: null, role_check: null, enabled: null })
  t.strictSame(reset.body['labels'], {})
  t.match(reset.body, { role_check: 'strict', enabled: true })
})

t.test('what a patch makes must be a tenant', async (t) => {
  const path = '/tenants/valid'
  await expectSuccess(operator('PUT', path, { ...document(), labels: { plan: 'pro' } }))
  const invalid = { status: 400, code: 'invalid_request' }
  for (const { body, pointers } of [
    { body: { labels: { plan: 7 } }, pointers: ['/labels/plan'] },
    { body: { labels: 'gold' }, pointers: ['/labels'] },
    { body: { applications: [] }, pointers: ['/applications'] },
    { body: { applications: ['demo', 'demo'] }, pointers: ['/applications'] },
    { body: { applications: ['nobody', 'demo', 'none'] }, pointers: ['/applications/0', '/applications/2'] },
    { body: { applications: null, enabled: 'yes' }, pointers: ['/applications', '/enabled'] },
    { body: { cloud: 'mars' }, pointers: ['/cloud'] },
    { body: { cloud: 'usgov' }, pointers: ['/cloud'] },
  ]) {
    expectRefusal(t, await patch(path, body), { ...invalid, pointers })
  }
})

t.test('directory and cloud are for life', async (t) => {
  const path = '/tenants/lasting'
  const first = document()
  await expectSuccess(operator('PUT', path, first))
  const immutable = { status: 409, code: 'immutable_member' }
  const directory = { directory_id: randomUUID() }
  const moved = { ...immutable, pointers: ['/directory_id'], reason: /another directory is another tenant/ }
  expectRefusal(t, await patch(path, directory), moved)
  expectRefusal(t, await operator('PUT', path, { ...first, ...directory }), moved)
  const cloud = { applications: ['gov'], cloud: 'usgov' }
  expectRefusal(t, await patch(path, cloud), {
    ...immutable,
    pointers: ['/cloud'],
    reason: /lives in one cloud/,
  })
  t.equal(
    (await operator('PUT', path, { ...first, directory_id: first.directory_id.toUpperCase() })).status,
    200,
  )
  const taken = await operator('PUT', '/tenants/second', first)
  expectRefusal(t, taken, { status: 409, code: 'already_exists' })
})

t.test('a tenant stays while a grant names it by id', async (t) => {
  await expectSuccess(operator('PUT', '/tenants/granted', { ...document(), labels: { plan: 'granted' } }))
  const permissions = ['Mail.Read']
  const naming = { tenants: { ids: ['granted', 'contoso'] }, permissions }
  const selecting = [
    { tenants: '*', permissions },
    { tenants: { labels: { plan: 'granted' } }, permissions },
  ]
  for (const [id, grants] of Object.entries({
    'by-name': [...selecting, naming],
    also: [naming],
    by: selecting,
  })) {
    await expectSuccess(operator('PUT', `/callers/${id}`, { role: 'caller', grants }))
  }
  const refused = await operator('DELETE', '/tenants/granted')
  expectRefusal(t, refused, { status: 409, code: 'in_use', usedBy: ['callers/also', 'callers/by-name'] })
  await expectSuccess(operator('DELETE', '/callers/also'))
  await expectSuccess(patch('/callers/by-name', { grants: selecting }))
  t.equal((await operator('DELETE', '/tenants/granted')).status, 204)
})

const contoso = () => caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })
const isCached = /^graph-token-broker; hit/

t.test(
  'a tenant that was disabled starts anew: another token, and its old consent link is void',
  async (t) => {
    const path = '/tenants/contoso'
    const link = async () => {
      const [consent] = listOf((await expectSuccess(operator('GET', path)))['consents'])
      return new URL(String(consent?.['admin_consent_url'])).pathname
    }
    const [first, oldLink] = [await contoso(), await link()]
    t.equal((await anonymous('GET', oldLink)).status, 200)

    await expectSuccess(patch(path, { display_name: 'Renamed', labels: { plan: 'pro' } }))
    const still = await contoso()
    t.match(still.headers['cache-status'], isCached)
    t.equal(still.body['access_token'], first.body['access_token'])
    t.equal(await link(), oldLink, 'any other change keeps both')

    await expectSuccess(patch(path, { enabled: false }))
    expectRefusal(t, await contoso(), { status: 409, code: 'tenant_disabled' })
    await expectSuccess(patch(path, { enabled: true }))
    const renewed = await contoso()
    t.match(renewed.headers['cache-status'], /fwd=miss; stored$/)
    t.not(renewed.body['access_token'], first.body['access_token'])
    t.equal((await anonymous('GET', oldLink)).status, 404)
    t.equal((await anonymous('GET', await link())).status, 200)
  },
)

t.test('a tenant that was removed leaves nothing to the next of its name', async (t) => {
  const { directory_id } = await expectSuccess(operator('GET', '/tenants/northwind'))
  const before = await expectSuccess(operator('GET', '/tenants/northwind'))
  await expectSuccess(operator('DELETE', '/tenants/northwind'))
  const unknown = await caller('POST', '/tokens', { tenant: 'northwind', scopes: ['Mail.Read'] })
  expectRefusal(t, unknown, { status: 403, code: 'tenant_not_granted' })
  await expectSuccess(operator('PUT', '/tenants/northwind', { directory_id, applications: ['demo'] }))
  const [old] = listOf(before['consents'])
  const followed = await anonymous('GET', new URL(String(old?.['admin_consent_url'])).pathname)
  t.equal(followed.status, 404)
})
