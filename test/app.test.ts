import t from 'tap'
import { type ApiReply, text } from '../sandbox/api-client.ts'
import { stylesheetPath } from '../src/http/consent-pages/pages.ts'
import { runSandbox } from './fixture.ts'
import { expectProblem } from './http/expect-problem.ts'
import { members } from './http/json-value.ts'
import { createRawClient, json } from './http/raw-client.ts'
import { bodyRoutes } from './routes/body-routes.ts'

const { sandbox, anonymous, operator, caller } = await runSandbox(t)
const { app, origin } = sandbox.broker

/** Everything that answers people who say nothing of who they are. A new entry is a decision, not an accident. */
const publicRoutes = [
  'GET /.well-known/oauth-authorization-server/:tenant',
  'GET /.well-known/oauth-authorization-server/:tenant/v2.0',
  'GET /:tenant/discovery/v2.0/keys',
  'GET /:tenant/v2.0/.well-known/openid-configuration',
  'GET /consent/:ticket',
  `GET ${stylesheetPath}`,
  'GET /consent/callback',
  'GET /consent/outcome/:receipt',
  'GET /docs',
  'GET /docs/',
  'GET /docs/json',
  'GET /docs/static/*',
  'GET /docs/static/index.html',
  'GET /docs/static/swagger-initializer.js',
  'GET /docs/yaml',
  'GET /livez',
  'GET /metrics',
  'GET /openapi.json',
  'GET /readyz',
  'POST /consent/:ticket',
]

/** They ask who calls in their own way, and answer in the words of OAuth. */
const oauthRoutes = ['GET /msi/token', 'POST /:tenant/oauth2/v2.0/token']

const managing = [
  'POST /applications',
  'POST /applications/:/credentials',
  'POST /callers',
  'POST /callers/:/keys',
  'POST /key-vault/diagnosis',
  'POST /tenants/:/diagnosis',
]
const records = ['/applications/:', '/tenants/:', '/callers/:']
const changes = [
  ...managing,
  'PATCH /applications/:/credentials/:',
  'POST /tenants',
  'DELETE /callers/:/keys/:',
  'DELETE /tenants/:/tokens',
  ...['PUT', 'PATCH', 'DELETE'].flatMap((method) => records.map((path) => `${method} ${path}`)),
]
const reading = ['GET /audit', 'GET /callers/:/keys', 'GET /credentials', 'GET /export']

/** `METHOD /path/:` of every route that the router holds, read from its own picture of them. */
function registered(): string[] {
  const found: string[] = []
  const open: string[] = []
  for (const line of app.printRoutes().split('\n')) {
    const [, indent = '', path = '', methods] = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? []
    if (path === '') continue
    open.length = indent.length / 4
    open.push(path)
    const whole = open.join('')
    for (const method of methods?.split(', ') ?? []) found.push(`${method} ${whole}`)
  }
  return found
}

const routes = registered()
const unnamed = (route: string) => route.replaceAll(/:\w+/g, ':')
const concrete = (route: string) => unnamed(route).replaceAll(':', 'demo').replace('*', 'index.css')

async function call(route: string, client = anonymous): Promise<ApiReply> {
  const [method = '', path = ''] = concrete(route).split(' ')
  if (oauthRoutes.includes(route) && method === 'POST') {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return createRawClient(origin)({ method, path, headers, body: 'grant_type=client_credentials' })
  }
  if (method === 'GET' || method === 'DELETE') return client(method, path)
  if (method === 'POST' || method === 'PUT' || method === 'PATCH')
    return client(method, path, { unknown: true })
  const reply = await createRawClient(origin)({ method: 'HEAD', path })
  return { ...reply, body: {} }
}

t.test('the walk sees the routes that the API document has, and more', async (t) => {
  const { body } = await anonymous('GET', '/openapi.json')
  for (const [path, operations] of Object.entries(members(body['paths']))) {
    for (const method of Object.keys(members(operations))) {
      const route = `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, ':')}`
      t.ok(routes.map(unnamed).includes(route), route)
    }
  }
  t.ok(routes.length > 50)
})

t.test('a route answers nobody it does not know, unless it is on the list', async (t) => {
  const open: string[] = []
  for (const route of routes) {
    const reply = await call(route)
    if (reply.status !== 401) {
      open.push(route.replace(/^HEAD/, 'GET'))
      continue
    }
    if (oauthRoutes.includes(route.replace(/^HEAD/, 'GET'))) {
      t.equal(reply.headers['www-authenticate'], undefined, route)
      if (!route.startsWith('HEAD')) t.match(reply.body, { error: 'invalid_client' }, route)
      continue
    }
    t.equal(reply.headers['www-authenticate'], 'Bearer realm="graph-token-broker"', route)
    if (!route.startsWith('HEAD')) expectProblem(t, reply, { status: 401, code: 'unauthenticated' }, route)
  }
  t.strictSame([...new Set(open)].sort(), publicRoutes)
})

t.test('no tenant can be called like the first segment of a path', async (t) => {
  const segments = new Set(routes.map((route) => route.split('/')[1] ?? ''))
  t.ok(segments.has('tokens') && segments.has('msi'))
  for (const id of segments) {
    if (id === '' || !/^[a-z0-9-]+$/.test(id)) continue
    const tenant = { id, directory_id: '6ba7b813-9dad-41d1-80b4-00c04fd430c8', applications: ['demo'] }
    const reply = await operator('POST', '/tenants', tenant)
    expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/id' }, id)
  }
})

t.test('who calls is asked before the body is read', async (t) => {
  const send = createRawClient(origin)
  for (const { method, path } of bodyRoutes) {
    const large = await send({ method, path, headers: json, body: 'x'.repeat(70_000) })
    expectProblem(t, large, { status: 401, code: 'unauthenticated' }, path)
    const typeless = await send({ method, path, headers: { 'content-type': 'text/plain' }, body: 'x' })
    expectProblem(t, typeless, { status: 401, code: 'unauthenticated' }, path)
  }
})

t.test('each role may do what it is for', async (t) => {
  const make = async (role: string) => {
    await operator('POST', '/callers', { id: `an-${role}`, role, grants: [] })
    return text((await operator('POST', `/callers/an-${role}/keys`, {})).body, 'key')
  }
  const keyed = { auditor: await make('auditor'), caller: await make('caller') }
  const asks = (key: string): typeof anonymous => {
    return (method, path, body) => anonymous(method, path, body, { authorization: `Bearer ${key}` })
  }
  const forEverybody = ['GET /scopes', 'GET /scopes/:', 'POST /scopes/translations']
  const otherwise = [...publicRoutes, ...oauthRoutes]
  const guarded = routes.filter((route) => !route.startsWith('HEAD') && !otherwise.includes(route))
  t.strictSame(
    [...changes, ...reading].filter((route) => !guarded.map(unnamed).includes(route)),
    [],
  )
  for (const route of guarded) {
    const name = unnamed(route)
    const { auditor, caller: asCaller } = {
      auditor: await call(route, asks(keyed.auditor)),
      caller: await call(route, asks(keyed.caller)),
    }
    const refused = { status: 403, code: 'role_required' }
    if (forEverybody.includes(name)) t.notOk(auditor.status === 403 || asCaller.status === 403, route)
    else if (name === 'POST /tokens') {
      expectProblem(t, auditor, refused, `auditor: ${route}`)
      t.not(asCaller.status, 403, route)
    } else {
      expectProblem(t, asCaller, refused, `caller: ${route}`)
      if (name.startsWith('GET')) t.not(auditor.status, 403, `auditor: ${route}`)
      else expectProblem(t, auditor, refused, `auditor: ${route}`)
    }
  }
  const { body } = await call('POST /tenants', asks(keyed.auditor))
  t.match(body['detail'], 'operator')
  t.equal((await caller('GET', '/tenants')).status, 403)
})

t.test('the documentation runs in a page that loads nothing from elsewhere', async (t) => {
  const send = createRawClient(origin)
  const page = await send({ method: 'GET', path: '/docs/' })
  t.equal(page.status, 200)
  t.match(page.headers['content-type'], 'text/html')
  t.match(page.headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/)
  t.notMatch(page.text, /<script(?![^>]*\bsrc=)[^>]*>\s*\S/, 'and no script stands in it')
  t.notMatch(page.text, /(?:src|href)="(?:https?:)?\/\//)
  for (const asset of page.text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)) {
    const path = new URL(asset[1] ?? '', `${origin}/docs/`).pathname
    t.equal((await send({ method: 'GET', path })).status, 200, path)
  }
})
