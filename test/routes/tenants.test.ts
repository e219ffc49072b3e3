import { randomUUID } from 'node:crypto'
import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items } from '../http/json-value.ts'
import { createVisitor } from './visitor.ts'

const { operator, sandbox } = await runSandbox(t)
const add = (tenant: object) =>
  operator('POST', '/tenants', { directory_id: randomUUID(), applications: ['demo'], ...tenant })

t.test('a tenant is registered, and read as it was registered', async (t) => {
  const tenant = {
    id: 'customer',
    directory_id: randomUUID(),
    display_name: 'Kunde GmbH ✓',
    labels: { plan: 'enterprise', 'region.eu': '' },
    role_check: 'warn',
    enabled: false,
    applications: ['demo'],
  }
  const { status, headers, body } = await add({ ...tenant, directory_id: tenant.directory_id.toUpperCase() })
  t.equal(status, 201)
  t.equal(headers['location'], '/tenants/customer')
  t.match(headers['etag'], /^"\d+"$/)
  t.match(body, { ...tenant, cloud: 'global' })
  t.strictSame(body['labels'], tenant.labels)
  const read = await operator('GET', '/tenants/customer')
  t.strictSame(read.body, body)
  t.equal(read.headers['etag'], headers['etag'])
})

t.test('what is not said has a default', async (t) => {
  const { body } = await add({ id: 'plain' })
  t.match(body, { cloud: 'global', role_check: 'strict', enabled: true })
  t.strictSame(body['labels'], {})
  t.notOk('display_name' in body)
})

t.test('an id and a directory belong to one tenant', async (t) => {
  const taken = { status: 409, code: 'already_exists' }
  const { body: contoso } = await operator('GET', '/tenants/contoso')
  const id = await add({ id: 'contoso' })
  expectProblem(t, id, taken)
  t.match(id.body['detail'], 'id "contoso"')
  const directory = String(contoso['directory_id']).toUpperCase()
  const again = await add({ id: 'contoso-again', directory_id: directory })
  expectProblem(t, again, taken)
  t.match(again.body['detail'], 'directory_id')
})

t.test('every application that does not exist is named', async (t) => {
  const reply = await add({ id: 'wishful', applications: ['demo', 'nobody', 'none'] })
  expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/applications/1' })
  expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/applications/2' })
  expectProblem(t, await operator('GET', '/tenants/wishful'), { status: 404, code: 'not_found' })
})

t.test("a tenant is in its applications' cloud, and so is its consent page", async (t) => {
  const application = {
    client_id: randomUUID(),
    display_name: 'Gov',
    permissions: ['Mail.Read'],
    cloud: 'usgov',
  }
  await operator('POST', '/applications', { id: 'gov', ...application })
  const { status, body } = await add({ id: 'agency', applications: ['gov'] })
  t.equal(status, 201)
  t.equal(body['cloud'], 'usgov')
  const link = new URL(String(items(body['consents'])[0]?.['admin_consent_url']))
  const page = await createVisitor(t, sandbox).leave(link.pathname)
  t.match(page.href, /^https:\/\/login\.microsoftonline\.us\/[0-9a-f-]{36}\/adminconsent\?/)
  const mixed = await add({ id: 'torn', applications: ['demo', 'gov'] })
  expectProblem(t, mixed, { status: 400, code: 'invalid_request', pointer: '/cloud' })
  const wrong = await add({ id: 'torn', applications: ['gov'], cloud: 'global' })
  expectProblem(t, wrong, { status: 400, code: 'invalid_request', pointer: '/cloud' })
})

t.test('each application of a tenant has its own consent', async (t) => {
  const second = { id: 'second', client_id: randomUUID(), display_name: 'Second', permissions: ['Mail.Send'] }
  await operator('POST', '/applications', second)
  const { body } = await add({ id: 'both', applications: ['second', 'demo'] })
  t.strictSame(body['applications'], ['demo', 'second'])
  const consents = items(body['consents'])
  const links = consents.map((consent) => String(consent['admin_consent_url']))
  t.match(consents, [
    { application: 'demo', status: 'unknown' },
    { application: 'second', status: 'unknown', missing_permissions: ['Mail.Send'] },
  ])
  t.equal(new Set(links).size, 2)
  for (const link of links) t.equal(new URL(link).origin, sandbox.broker.origin)
})

t.test('the list goes by id, page by page', async (t) => {
  const walked: string[] = []
  let query: string | undefined = 'page_size=2'
  while (query !== undefined) {
    const { body }: Awaited<ReturnType<typeof operator>> = await operator('GET', `/tenants?${query}`)
    for (const { id } of items(body['items'])) walked.push(String(id))
    const next = body['next_page_token']
    query = next === undefined ? undefined : `page_size=2&page_token=${String(next)}`
  }
  t.strictSame(walked, [...new Set(walked)].sort())
  t.ok(['contoso', 'fabrikam', 'northwind'].every((id) => walked.includes(id)))
})
