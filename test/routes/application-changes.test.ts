import { randomUUID } from 'node:crypto'
import t from 'tap'
import { expectSuccess, text } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { expectRefusal, ifMatch, listOf } from './expect-refusal.ts'

const { operator, caller } = await runSandbox(t)
const document = () => ({ client_id: randomUUID(), display_name: 'App', permissions: ['Mail.Read'] })

async function patch(path: string, body: object) {
  return operator('PATCH', path, body, ifMatch(await operator('GET', path)))
}

t.test('null removes what is optional, and brings the default back', async (t) => {
  const path = '/applications/merged'
  const urls = { support_url: 'https://example.com/help', return_url: 'https://example.com/done' }
  await expectSuccess(operator('PUT', path, { ...document(), ...urls, signing_alg: 'RS256' }))
  const { body } = await patch(path, {
    support_url: null,
    signing_alg: null,
    permissions: ['mail.send', 'Mail.Read'],
  })
  t.notOk('support_url' in body)
  t.match(body, { return_url: urls.return_url, signing_alg: 'PS256', display_name: 'App' })
  t.strictSame(body['permissions'], ['Mail.Read', 'Mail.Send'], 'a list is replaced as a whole')
  const invalid = { status: 400, code: 'invalid_request' }
  const needed = await patch(path, { display_name: null, permissions: null })
  expectRefusal(t, needed, { ...invalid, pointers: ['/display_name', '/permissions'] })
  const unknown = await patch(path, { permissions: ['Mail.Read', 'Mail.Raed'] })
  expectRefusal(t, unknown, { ...invalid, pointers: ['/permissions/1'] })
  const url = await patch(path, { support_url: 'javascript:alert(1)' })
  expectRefusal(t, url, { ...invalid, pointers: ['/support_url'] })
})

t.test('client id and cloud are for life', async (t) => {
  const path = '/applications/lasting'
  const first = document()
  await expectSuccess(operator('PUT', path, first))
  const immutable = { status: 409, code: 'immutable_member' }
  for (const change of [
    {
      body: { client_id: randomUUID() },
      pointers: ['/client_id'],
      reason: /another client id is another application/,
    },
    { body: { cloud: 'usgov' }, pointers: ['/cloud'], reason: /lives in one cloud/ },
    { body: { client_id: randomUUID(), cloud: 'china' }, pointers: ['/client_id', '/cloud'] },
  ]) {
    expectRefusal(t, await patch(path, change.body), { ...immutable, ...change })
    expectRefusal(t, await operator('PUT', path, { ...first, ...change.body }), { ...immutable, ...change })
  }
  const sameInCapitals = await operator('PUT', path, { ...first, client_id: first.client_id.toUpperCase() })
  t.equal(sameInCapitals.status, 200)
  const taken = await operator('PUT', '/applications/second', first)
  expectRefusal(t, taken, { status: 409, code: 'already_exists' })
})

t.test('an application stays while tenants use it or a credential could sign', async (t) => {
  const path = '/applications/used'
  await expectSuccess(operator('PUT', path, document()))
  for (const id of ['user-b', 'user-a']) {
    const tenant = { directory_id: randomUUID(), applications: ['used', 'demo'] }
    await expectSuccess(operator('PUT', `/tenants/${id}`, tenant))
  }
  const order = { type: 'certificate', source: 'generated', key_size: 2048 }
  const credential = `${path}/credentials/${text(await expectSuccess(operator('POST', `${path}/credentials`, order)), 'id')}`
  const inUse = { status: 409, code: 'in_use' }
  const tenants = ['tenants/user-a', 'tenants/user-b']
  expectRefusal(t, await operator('DELETE', path), { ...inUse, usedBy: [...tenants, credential.slice(1)] })

  await expectSuccess(
    operator('PUT', '/tenants/user-a', { ...(await body('/tenants/user-a')), applications: ['demo'] }),
  )
  await expectSuccess(operator('DELETE', '/tenants/user-b'))
  expectRefusal(t, await operator('DELETE', path), { ...inUse, usedBy: [credential.slice(1)] })
  await expectSuccess(patch(credential, { state: 'retired' }))
  t.equal((await operator('DELETE', path)).status, 204)
  expectRefusal(t, await operator('GET', credential), { status: 404, code: 'not_found' })
})

async function body(path: string) {
  const { directory_id } = await expectSuccess(operator('GET', path))
  return { directory_id }
}

t.test('a change of the application keeps its credentials', async (t) => {
  const before = await expectSuccess(operator('GET', '/applications/demo/credentials'))
  await expectSuccess(patch('/applications/demo', { support_url: 'https://example.com/help' }))
  t.strictSame(await expectSuccess(operator('GET', '/applications/demo/credentials')), before)
  const token = await caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })
  t.equal(token.status, 200)
})

t.test('credentials that expire soon are found across applications', async (t) => {
  const day = 86_400_000
  const orders = { 'short-a': 10, 'short-b': 20 }
  for (const [id, days] of Object.entries(orders)) {
    await expectSuccess(operator('PUT', `/applications/${id}`, document()))
    const order = { type: 'certificate', source: 'generated', key_size: 2048, validity_days: days }
    await expectSuccess(operator('POST', `/applications/${id}/credentials`, order))
  }
  const before = async (time: string, more = '') => {
    const { body } = await operator('GET', `/credentials?expires_before=${encodeURIComponent(time)}${more}`)
    return listOf(body['items']).map(({ application }) => application)
  }
  const within = (days: number) => new Date(Date.now() + days * day).toISOString()
  t.strictSame(await before(within(30)), ['short-a', 'short-b'])
  t.strictSame(await before(within(15)), ['short-a'])
  t.strictSame(await before(within(1)), [])
  t.strictSame(await before(within(800)), ['demo', 'short-a', 'short-b'])
  const [first] = listOf((await expectSuccess(operator('GET', '/applications/short-a/credentials')))['items'])
  const expiry = String(first?.['expires_at'])
  t.strictSame(await before(expiry), [], 'the very moment is not before it')
  const inVienna = new Date(Date.parse(expiry) + 7_200_001).toISOString().replace('Z', '+02:00')
  t.strictSame(await before(inVienna), ['short-a'], 'a moment of another time zone is the same moment')

  const page = await operator('GET', `/credentials?page_size=1&expires_before=${within(30)}`)
  t.match(
    page.headers['link'],
    /^<\/credentials\?page_size=1&expires_before=[^>]+&page_token=[^>]+>; rel="next"$/,
  )
  t.strictSame(await before(within(30), `&page_size=1&page_token=${text(page.body, 'next_page_token')}`), [
    'short-b',
  ])
  const invalid = await operator('GET', '/credentials?expires_before=tomorrow')
  expectRefusal(t, invalid, {
    status: 400,
    code: 'invalid_request',
    pointers: ['querystring/expires_before'],
  })
  expectRefusal(t, await caller('GET', '/credentials'), { status: 403, code: 'role_required' })
})
