import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { expectProblem, problemFaults } from '../http/expect-problem.ts'
import { items } from '../http/json-value.ts'
import { createRawClient, json } from '../http/raw-client.ts'
import { bodyRoutes } from './body-routes.ts'

const { sandbox } = await runSandbox(t)
const send = createRawClient(sandbox.broker.origin, sandbox.demo.operatorKey)
const get = (path: string) => send({ method: 'GET', path })

const invalid = { status: 400, code: 'invalid_request' }
const noId = [
  'Upper',
  '-first',
  'a_b',
  'a%20b',
  '..%2Fdemo',
  'a%2Fb',
  '%00',
  '%E2%80%A8',
  'a'.repeat(64),
  '*',
]

t.test('an id in the path that is none', async (t) => {
  for (const id of noId) {
    for (const path of ['/applications', '/tenants', '/callers']) {
      expectProblem(t, await get(`${path}/${id}`), { ...invalid, pointer: 'params/id' }, `${path}/${id}`)
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
        const body = method === 'DELETE' ? {} : { headers: json, body: '{}' }
        const reply = await send({ method, path: `${path}/${id}`, ...body })
        expectProblem(t, reply, { ...invalid, pointer: 'params/id' }, `${method} ${path}/${id}`)
      }
    }
    const credentials = `/applications/${id}/credentials`
    expectProblem(t, await get(credentials), { ...invalid, pointer: 'params/id' }, credentials)
    const credential = `/applications/demo/credentials/${id}`
    expectProblem(t, await get(credential), { ...invalid, pointer: 'params/credential' }, credential)
    expectProblem(t, await get(`/scopes/${id}`), { ...invalid, pointer: 'params/dialect' }, `/scopes/${id}`)
    const keys = `/callers/${id}/keys`
    const reply = await send({ method: 'POST', path: keys, headers: json, body: '{}' })
    expectProblem(t, reply, { ...invalid, pointer: 'params/id' }, keys)
    expectProblem(t, await get(keys), { ...invalid, pointer: 'params/id' }, keys)
    for (const under of [
      { method: 'POST', path: `/tenants/${id}/diagnosis` },
      { method: 'DELETE', path: `/tenants/${id}/tokens` },
    ] as const)
      expectProblem(t, await send(under), { ...invalid, pointer: 'params/id' }, under.path)
    const key = await send({ method: 'DELETE', path: `/callers/demo-service/keys/${id}` })
    expectProblem(t, key, { ...invalid, pointer: 'params/key' }, `DELETE /callers/demo-service/keys/${id}`)
  }
})

t.test('an id that nothing has', async (t) => {
  const unknown = { status: 404, code: 'not_found' }
  const paths = ['/applications/none', '/tenants/none', '/callers/none', '/scopes/none']
  for (const path of [...paths, '/applications/none/credentials', '/applications/demo/credentials/none']) {
    const reply = await get(path)
    expectProblem(t, reply, unknown, path)
    t.match(reply.body['detail'], '"none"')
  }
  const created = { method: 'POST', headers: json } as const
  const credential = '{"type":"certificate","source":"generated"}'
  const under = { path: '/applications/none/credentials', body: credential }
  expectProblem(t, await send({ ...created, ...under }), unknown)
  expectProblem(t, await send({ ...created, path: '/callers/none/keys', body: '{}' }), unknown)
  expectProblem(t, await get('/callers/none/keys'), unknown)
  expectProblem(t, await send({ method: 'POST', path: '/tenants/none/diagnosis' }), unknown)
  expectProblem(t, await send({ method: 'DELETE', path: '/tenants/none/tokens' }), unknown)
  for (const path of ['/applications/none', '/tenants/none', '/callers/none']) {
    const headers = { ...json, 'if-match': '"1"' }
    expectProblem(t, await send({ method: 'PATCH', path, headers, body: '{}' }), unknown, `PATCH ${path}`)
    expectProblem(t, await send({ method: 'DELETE', path }), unknown, `DELETE ${path}`)
  }
  for (const caller of ['none', 'demo-service'])
    expectProblem(t, await send({ method: 'DELETE', path: `/callers/${caller}/keys/none` }), unknown, caller)
})

t.test('an id that a record must not have', async (t) => {
  const bodies = bodyRoutes.filter(({ method }) => method === 'PUT')
  t.equal(bodies.length, 3)
  for (const { method, template, valid } of bodies) {
    for (const id of ['tokens', 'common', '6ba7b811-9dad-41d1-80b4-00c04fd430c8']) {
      const path = template.replace('{id}', id)
      const reply = await send({ method, path, headers: json, body: JSON.stringify(valid) })
      expectProblem(t, reply, { ...invalid, pointer: '/id' }, path)
    }
  }
})

t.test('an address that the router itself cannot read', async (t) => {
  for (const path of ['/applications/%zz', '/tenants/%F0%28', '/consent/%', '/%ff']) {
    expectProblem(t, await get(path), { status: 400, code: 'malformed_request' }, path)
  }
  for (const path of [`/applications/${'a'.repeat(600)}`, `/consent/${'a'.repeat(600)}`]) {
    const reply = await get(path)
    t.ok(reply.status === 404 || reply.status === 414, `${reply.status}`)
    t.strictSame(problemFaults(reply), [])
  }
})

t.test('a path or method that no route has', async (t) => {
  const missing = { status: 404, code: 'route_not_found' }
  for (const path of ['/', '/nowhere', '//applications', '/tokens', '/applications/demo/', '/TENANTS']) {
    expectProblem(t, await get(path), missing, path)
  }
  for (const method of ['PUT', 'DELETE', 'PATCH'] as const) {
    expectProblem(t, await send({ method, path: '/tenants', headers: json, body: '{}' }), missing, method)
  }
})

const lists = [
  '/applications',
  '/tenants',
  '/callers',
  '/applications/demo/credentials',
  '/credentials',
  '/audit',
]

t.test('a filter that the list does not take', async (t) => {
  const noTimes = [
    '',
    'today',
    '2026-11-20',
    '2026-13-01T00:00:00Z',
    '2026-11-20T12:00:00',
    '2016-12-31T23:59:60Z',
    '2026-11-20T12:00:00%2B02',
  ]
  const wrong: Record<string, readonly string[]> = {
    '/tenants?status': ['', 'Granted', 'some'],
    '/tenants?failing': ['', '1', 'yes'],
    '/tenants?label': ['', 'plan', '=gold', 'Plan=gold', 'plan=a%20b', 'plan=a=b'],
    '/tenants?directory_id': ['', 'common', 'contoso'],
    '/credentials?expires_before': noTimes,
    '/audit?since': noTimes,
    '/audit?until': noTimes,
    '/audit?actor': ['', 'a'.repeat(64)],
    '/audit?target': ['', '/tenants', 'tenants/', 'Tenants', 'tenants/%25', 'a/b/c/d/e'],
  }
  for (const [filter, values] of Object.entries(wrong)) {
    const pointer = `querystring/${filter.split('?')[1]}`
    for (const value of values) {
      const path = `${filter}=${value}`
      expectProblem(t, await get(path), { ...invalid, pointer }, path)
    }
  }
})

t.test('a query that the list does not take', async (t) => {
  const wrong: Record<string, readonly string[]> = {
    page_size: ['0', '201', 'abc', '', '-1', '1.5', '1e1', '٣', '00001', '1&page_size=2'],
    page_token: ['', 'x', 'a.b', '..', 'Y29udG9zbw', 'Y29udG9zbw.AAAAAAAAAAAAAAAAAAAAAA', 'x'.repeat(513)],
  }
  for (const list of lists) {
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) {
        const path = `${list}?${name}=${encodeURI(value)}`
        expectProblem(t, await get(path), { ...invalid, pointer: `querystring/${name}` }, path.slice(0, 80))
      }
    }
    for (const name of ['more', 'Page_size', 'page_size[]', '__proto__', 'constructor', 'status']) {
      const path = `${list}?${name}=1`
      expectProblem(t, await get(path), { ...invalid, pointer: `querystring/${name}` }, path)
    }
  }
})

t.test('a page token opens the list that gave it, and no other', async (t) => {
  const { body } = await get('/tenants?page_size=1')
  const token = String(body['next_page_token'])
  t.equal((await get(`/tenants?page_token=${token}`)).status, 200)
  for (const list of lists.filter((path) => path !== '/tenants')) {
    const reply = await get(`${list}?page_token=${token}`)
    expectProblem(t, reply, { ...invalid, pointer: 'querystring/page_token' }, list)
  }
  const changed = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`
  expectProblem(t, await get(`/tenants?page_token=${changed}`), invalid, 'a changed one')
})

t.test('a change must say which version it changes', async (t) => {
  const path = '/applications/demo/credentials'
  const { body } = await get(path)
  const id = String(items(body['items'])[0]?.['id'])
  const patch = (headers: Record<string, string>) =>
    send({
      method: 'PATCH',
      path: `${path}/${id}`,
      headers: { ...json, ...headers },
      body: '{"state":"retired"}',
    })
  expectProblem(t, await patch({}), { status: 428, code: 'precondition_required' })
  const { headers } = await get(`${path}/${id}`)
  const current = String(headers['etag'])
  const stale = ['"0"', '"999999"', '*', `W/${current}`, current.slice(1, -1), `${current}, "0"`, 'x', '']
  for (const tag of [...stale, `"${'9'.repeat(40)}"`, '"-1"', "' or 1=1"]) {
    expectProblem(t, await patch({ 'if-match': tag }), { status: 412, code: 'precondition_failed' }, tag)
  }
  t.equal((await get(`${path}/${id}`)).body['state'], 'active', 'nothing was changed')
})

t.test('whoever changes a record must not have read an older one', async (t) => {
  for (const { method, path, valid } of bodyRoutes.filter(({ types }) => types !== undefined)) {
    const { headers, body } = await get(path)
    const change = { method, path, body: JSON.stringify(valid) }
    const unsaid = await send({ ...change, headers: json })
    expectProblem(t, unsaid, { status: 428, code: 'precondition_required' }, path)
    for (const tag of ['"0"', '"999999"', '*', `W/${String(headers['etag'])}`, '']) {
      const ifMatch = { 'if-match': tag }
      const stale = [
        await send({ ...change, headers: { ...json, ...ifMatch } }),
        await send({
          ...change,
          method: 'PUT',
          headers: { ...json, ...ifMatch },
          body: JSON.stringify(body),
        }),
        await send({ method: 'DELETE', path, headers: ifMatch }),
      ]
      t.equal(stale[1]?.status, 400, 'a reply is no request: it has members that nobody sets')
      for (const reply of [stale[0], stale[2]]) {
        if (reply === undefined) return t.fail('no reply')
        expectProblem(t, reply, { status: 412, code: 'precondition_failed' }, `${path} ${tag}`)
      }
    }
    t.strictSame((await get(path)).body, body, 'nothing was changed')
  }
})
