import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createApiClient, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, type Members } from '../http/json-value.ts'
import { setStage } from './stage.ts'

const { operator, sandbox, token, addTenant } = await setStage(t)
const as = (key: string) => createApiClient({ origin: sandbox.broker.origin, key })

interface Kind {
  readonly path: string
  readonly document: Members
  /** A merge patch, and what it makes of the document. */
  readonly patch: Members
  readonly patched: Members
}

const application = { client_id: randomUUID(), display_name: 'Post', permissions: ['Mail.Read'] }
const tenant = { directory_id: randomUUID(), applications: ['demo'], labels: { plan: 'gold', region: 'eu' } }
const grants = [{ tenants: '*', permissions: ['Mail.Read'], excess: 'refuse' }]

const kinds: readonly Kind[] = [
  {
    path: '/applications/post',
    document: { ...application, support_url: 'https://example.com/support' },
    patch: { support_url: null, permissions: ['Mail.Send'] },
    patched: { ...application, permissions: ['Mail.Send'] },
  },
  {
    path: '/tenants/adatum',
    document: { ...tenant, display_name: 'Adatum' },
    patch: { display_name: null, labels: { plan: null, tier: '1' } },
    patched: { ...tenant, labels: { region: 'eu', tier: '1' } },
  },
  {
    path: '/callers/billing',
    document: { role: 'caller', grants, dialect: 'aurinko' },
    patch: { dialect: null, enabled: false },
    patched: { role: 'caller', grants, enabled: false },
  },
]

for (const { path, document, patch, patched } of kinds) {
  t.test(`${path} is put, patched and deleted`, async (t) => {
    const created = await operator('PUT', path, document)
    t.equal(created.status, 201)
    t.equal(created.headers['location'], path)
    t.match(created.body, document)
    const again = await operator('PUT', path, { ...document, id: path.split('/').at(-1) })
    t.same([again.status, again.headers['etag']], [200, created.headers['etag']], 'the same changes nothing')
    t.strictSame(again.body, created.body)

    const ifMatch = { 'if-match': String(created.headers['etag']) }
    const type = { 'content-type': 'application/merge-patch+json' }
    const changed = await operator('PATCH', path, patch, { ...ifMatch, ...type })
    t.equal(changed.status, 200)
    t.not(changed.headers['etag'], created.headers['etag'])
    const { id, created_at } = created.body
    t.match(changed.body, { ...patched, id, created_at })
    for (const [name, value] of Object.entries(patch)) if (value === null) t.notOk(name in changed.body, name)
    t.strictSame((await operator('GET', path)).body, changed.body)

    const stale = { status: 412, code: 'precondition_failed' }
    expectProblem(t, await operator('PATCH', path, {}, ifMatch), stale)
    expectProblem(t, await operator('PUT', path, document, ifMatch), stale)
    expectProblem(t, await operator('DELETE', path, undefined, ifMatch), stale)
    const current = { 'if-match': String(changed.headers['etag']) }
    t.equal((await operator('DELETE', path, undefined, current)).status, 204)
    expectProblem(t, await operator('GET', path), { status: 404, code: 'not_found' })

    const { body } = await operator('GET', `/audit?target=${path.slice(1)}`)
    const kind = path.split('/')[1]?.slice(0, -1)
    const actions = ['removed', 'replaced', 'created'].map((done) => `${kind}.${done}`)
    t.strictSame(
      items(body['items']).map(({ action }) => action),
      actions,
    )
    t.match(items(body['items'])[1], { actor: 'operator', before: document, after: patched })
  })
}

t.test('what a record keeps for life, and what others use, is refused with the reason', async (t) => {
  const put = { client_id: randomUUID(), display_name: 'Demo', permissions: [] }
  const immutable = { status: 409, code: 'immutable_member', pointer: '/client_id' }
  expectProblem(t, await operator('PUT', '/applications/demo', put), immutable)
  const used = await operator('DELETE', '/applications/demo')
  expectProblem(t, used, { status: 409, code: 'in_use' })
  const usedBy = used.body['used_by']
  t.ok(Array.isArray(usedBy) && usedBy.includes('tenants/contoso'), 'used_by names the tenant')
  const last = { status: 409, code: 'last_operator' }
  expectProblem(t, await operator('DELETE', '/callers/operator'), last)
  const [key] = items((await operator('GET', '/callers/operator/keys')).body['items'])
  expectProblem(t, await operator('DELETE', `/callers/operator/keys/${String(key?.['id'])}`), last)
})

t.test('a revoked key opens nothing any more', async (t) => {
  await operator('PUT', '/callers/brief', { role: 'auditor', grants: [] })
  const { body } = await operator('POST', '/callers/brief/keys', {})
  const brief = as(text(body, 'key'))
  t.equal((await brief('GET', '/audit')).status, 200)
  const listed = await operator('GET', '/callers/brief/keys')
  t.strictSame(listed.body['items'], [{ id: body['id'], created_at: body['created_at'] }])
  t.equal((await operator('DELETE', `/callers/brief/keys/${text(body, 'id')}`)).status, 204)
  expectProblem(t, await brief('GET', '/audit'), { status: 401, code: 'unauthenticated' })
})

t.test('a tenant that is disabled hands out nothing, and starts anew when it is enabled', async (t) => {
  await addTenant('switched', { roles: ['Mail.Read'], more: { labels: { plan: 'pro' } } })
  const excess = { tenants: { labels: { plan: 'pro' } }, permissions: ['Mail.Read'], excess: 'allow' }
  await operator('PUT', '/callers/switcher', { role: 'caller', grants: [excess] })
  const first = await token('switched')
  t.equal((await token('switched')).body['access_token'], first.body['access_token'])
  const set = async (enabled: boolean) => {
    const { headers } = await operator('GET', '/tenants/switched')
    return operator('PATCH', '/tenants/switched', { enabled }, { 'if-match': String(headers['etag']) })
  }
  t.equal((await set(false)).status, 200)
  expectProblem(t, await token('switched'), { status: 409, code: 'tenant_disabled' })
  await set(true)
  const second = await token('switched')
  t.equal(second.status, 200)
  t.not(second.body['access_token'], first.body['access_token'])
})

t.test('tenants are found by label, directory and state', async (t) => {
  const directory = await addTenant('labelled', { more: { labels: { plan: 'basic', empty: '' } } })
  const idsOf = async (query: string) =>
    items((await operator('GET', `/tenants?${query}`)).body['items']).map(({ id }) => id)
  t.strictSame(await idsOf('label=plan=basic'), ['labelled'])
  t.strictSame(await idsOf('label=empty='), ['labelled'])
  t.strictSame(await idsOf('label=plan=bas'), [])
  t.strictSame(await idsOf(`directory_id=${directory.toUpperCase()}`), ['labelled'])
  t.strictSame(await idsOf(`directory_id=${directory}&label=plan=gold`), [])
  t.ok((await idsOf('status=unknown')).includes('labelled'))
  t.notOk((await idsOf('status=granted')).includes('labelled'))
  t.notOk((await idsOf('failing=true')).includes('labelled'))
})

t.test('the export holds every record as PUT takes it, and no secret', async (t) => {
  const { status, headers, body } = await operator('GET', '/export')
  t.same([status, headers['cache-control']], [200, 'no-store'])
  t.notMatch(JSON.stringify(body), /gtb\.|"sha256"|PRIVATE KEY/)
  for (const kind of ['applications', 'tenants', 'callers']) {
    const documents = items(body[kind])
    t.ok(documents.length > 0, kind)
    for (const document of documents) {
      const path = `/${kind}/${String(document['id'])}`
      const before = await operator('GET', path)
      const { status, headers } = await operator('PUT', path, document)
      t.same([status, headers['etag']], [200, before.headers['etag']], path)
    }
  }
  const [{ application, credential } = {}] = items(body['credentials'])
  const listed = (await operator('GET', '/credentials')).body
  t.strictSame(listed['items'], body['credentials'])
  t.match([application, credential], ['demo', { key_vault: { name: /^gtb-/ } }])
  const none = await operator('GET', '/credentials?expires_before=2020-01-01T00:00:00Z')
  t.strictSame(none.body['items'], [])
})

t.test('the audit is read page by page, by actor and time', async (t) => {
  const whole = items((await operator('GET', '/audit?page_size=200')).body['items'])
  const walked: unknown[] = []
  let path: string | undefined = '/audit?page_size=7&actor=operator'
  while (path !== undefined) {
    const page: Awaited<ReturnType<typeof operator>> = await operator('GET', path)
    walked.push(...items(page.body['items']))
    path = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link']))?.[1]
  }
  t.ok(walked.length > 14)
  t.strictSame(
    walked,
    whole.filter(({ actor }) => actor === 'operator'),
  )
  const later = await operator('GET', '/audit?since=2999-01-01T00:00:00Z')
  t.strictSame(later.body['items'], [])
  const sooner = await operator('GET', '/audit?page_size=200&until=2999-01-01T00:00:00Z')
  t.strictSame(sooner.body['items'], whole)
})
