import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { expectRefusal, ifMatch, listOf, type Members } from './expect-refusal.ts'

let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() }
const { operator, caller, anonymous, sandbox } = await runSandbox(t, { platform: { clock } })

const find = async (query: string) =>
  listOf((await expectSuccess(operator('GET', `/audit?${query}`)))['items'])
const actionsOf = (changes: readonly Members[]) => changes.map(({ action }) => action)
const labels = (count: number) => ({ labels: { count: String(count) } })
const tenant = { directory_id: randomUUID(), applications: ['demo'] }
const path = '/tenants/watched'

t.test('a change is recorded with who, what, when, before and after', async (t) => {
  const from = Date.now()
  await expectSuccess(operator('PUT', path, { ...tenant, ...labels(1) }))
  await expectSuccess(operator('PATCH', path, labels(2), ifMatch(await operator('GET', path))))
  await expectSuccess(operator('DELETE', path))
  const [removed, replaced, created] = await find('target=tenants/watched')
  const document = (count: number) => ({
    ...tenant,
    ...labels(count),
    id: 'watched',
    cloud: 'global',
    role_check: 'strict',
    enabled: true,
  })
  const shared = { actor: 'operator', target: 'tenants/watched' }
  t.match(created, { ...shared, action: 'tenant.created', after: document(1) })
  t.match(replaced, { ...shared, action: 'tenant.replaced', before: document(1), after: document(2) })
  t.match(removed, { ...shared, action: 'tenant.removed', before: document(2) })
  t.notOk(created === undefined || 'before' in created || removed === undefined || 'after' in removed)
  t.match(created?.['request_id'], /^[0-9a-f-]{36}$/)
  const at = Date.parse(String(created?.['at']))
  t.ok(at >= from && at <= Date.now())
})

t.test('what was refused, and what changed nothing, is no change', async (t) => {
  const [newest] = await find('page_size=1')
  await operator('PUT', '/tenants/refused', { ...tenant, applications: ['nobody'] })
  await operator('PUT', '/tenants/contoso', tenant)
  await operator('DELETE', '/applications/demo')
  await operator('DELETE', '/callers/operator')
  await operator(
    'PATCH',
    '/tenants/contoso',
    { enabled: true },
    ifMatch(await operator('GET', '/tenants/contoso')),
  )
  await caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })
  t.strictSame(await find('page_size=1'), [newest])
})

t.test('the first operator was made by whoever set the broker up', async (t) => {
  const byBootstrap = await find('actor=bootstrap')
  t.strictSame(actionsOf(byBootstrap), ['key.created', 'caller.created'])
  t.ok(byBootstrap.every(({ target }) => String(target).startsWith('callers/operator')))
  await expectSuccess(operator('PUT', '/callers/deputy', { role: 'operator', grants: [] }))
  const key = text(await expectSuccess(operator('POST', '/callers/deputy/keys', {})), 'key')
  const deputy = createApiClient({ origin: sandbox.broker.origin, key })
  await expectSuccess(deputy('PUT', '/callers/made-by-deputy', { role: 'caller', grants: [] }))
  t.match(await find('actor=deputy'), [{ actor: 'deputy', target: 'callers/made-by-deputy' }])
  t.strictSame(await find('actor=nobody'), [])
})

t.test('a target is a record with everything under it, or a kind', async (t) => {
  await expectSuccess(operator('PUT', '/callers/deputy-2', { role: 'caller', grants: [] }))
  const ofDeputy = await find('target=callers/deputy')
  t.strictSame(actionsOf(ofDeputy), ['key.created', 'caller.created'])
  const key = String(ofDeputy[0]?.['target'])
  t.match(key, /^callers\/deputy\/keys\/[0-9a-f]{16}$/)
  t.strictSame(actionsOf(await find(`target=${key}`)), ['key.created'])
  const ofDemo = await find('target=applications/demo')
  t.strictSame(actionsOf(ofDemo), ['credential.activated', 'credential.created', 'application.created'])
  const kinds = await Promise.all(
    ['applications', 'tenants', 'callers'].map((kind) => find(`target=${kind}&page_size=200`)),
  )
  t.equal(kinds.flat().length, (await find('page_size=200')).length)
  t.strictSame(await find('target=callers/dep'), [])
  for (const bad of ['Callers', 'callers/', '/callers', 'callers/%25', 'a/b/c/d/e']) {
    const reply = await operator('GET', `/audit?target=${bad}`)
    expectRefusal(t, reply, { status: 400, code: 'invalid_request', pointers: ['querystring/target'] })
  }
})

t.test('times: from this moment on, and before that one', async (t) => {
  const targets: string[] = []
  for (const hours of [1, 2, 3]) {
    ahead = hours * 3_600_000
    const id = `hour-${hours}`
    await expectSuccess(operator('PUT', `/callers/${id}`, { role: 'caller', grants: [] }))
    targets.unshift(`callers/${id}`)
  }
  const [third, second, first] = await find('page_size=3')
  const at = (change: Members | undefined) => String(change?.['at'])
  const found = async (query: string) => (await find(`target=callers&${query}`)).map(({ target }) => target)
  t.strictSame(await found(`since=${at(first)}`), targets)
  t.strictSame(await found(`since=${at(second)}`), targets.slice(0, 2), 'from the moment itself on')
  t.strictSame(
    await found(`since=${at(first)}&until=${at(third)}`),
    targets.slice(1),
    'up to that moment, without it',
  )
  const inTokyo = new Date(Date.parse(at(second)) + 9 * 3_600_000).toISOString().replace('Z', '%2B09:00')
  t.strictSame(await found(`since=${inTokyo}`), targets.slice(0, 2))
  for (const name of ['since', 'until']) {
    const reply = await operator('GET', `/audit?${name}=yesterday`)
    expectRefusal(t, reply, { status: 400, code: 'invalid_request', pointers: [`querystring/${name}`] })
  }
})

t.test('pages go back in time, whatever happens meanwhile', async (t) => {
  const whole = await find('actor=operator&page_size=200')
  const walked: Members[] = []
  let next: string | undefined = '/audit?actor=operator&page_size=3'
  while (next !== undefined) {
    const page: Awaited<ReturnType<typeof operator>> = await operator('GET', next)
    walked.push(...listOf(page.body['items']))
    next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link']))?.[1]
    t.equal(next?.endsWith(encodeURIComponent(text(page.body, 'next_page_token'))), next && true)
    await operator('PUT', '/callers/meanwhile', {
      role: 'caller',
      enabled: walked.length % 2 === 0,
      grants: [],
    })
  }
  t.strictSame(walked, whole)
  const { body } = await operator('GET', '/callers?page_size=1')
  const foreign = await operator('GET', `/audit?page_token=${text(body, 'next_page_token')}`)
  expectRefusal(t, foreign, { status: 400, code: 'invalid_request', pointers: ['querystring/page_token'] })
})

t.test('operators and auditors read it', async (t) => {
  await expectSuccess(operator('PUT', '/callers/auditor', { role: 'auditor', grants: [] }))
  const key = text(await expectSuccess(operator('POST', '/callers/auditor/keys', {})), 'key')
  const auditor = createApiClient({ origin: sandbox.broker.origin, key })
  t.strictSame((await auditor('GET', '/audit')).body, (await operator('GET', '/audit')).body)
  expectRefusal(t, await caller('GET', '/audit'), { status: 403, code: 'role_required' })
  expectRefusal(t, await anonymous('GET', '/audit'), { status: 401, code: 'unauthenticated' })
})
