import t from 'tap'
import { expectSuccess, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'

/** What other people's software was caught by, tried on this one. */
let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() }
const stage = await setStage(t, { platform: { clock } })
const { operator, anonymous, caller, vault } = stage

async function change(path: string, method: 'PUT' | 'PATCH', body: object) {
  const { headers } = await operator('GET', path)
  return operator(method, path, body, { 'if-match': String(headers['etag']) })
}

t.test('Lemur GHSA-v5rc-cpwc-cfpr: what may be named is looked at in every way of naming it', async (t) => {
  const application = { client_id: crypto.randomUUID(), display_name: 'x' }
  const directory_id = crypto.randomUUID()
  await expectSuccess(operator('POST', '/applications', { id: 'kept', ...application, permissions: [] }))
  await expectSuccess(operator('POST', '/tenants', { id: 'kept', directory_id, applications: ['kept'] }))
  await expectSuccess(operator('POST', '/callers', { id: 'kept', role: 'caller', grants: [] }))
  const wrong = [
    ...['No.Such.All', '*', 'Mail.*', 'nowhere:Mail.Read', '__proto__'].flatMap((permission) => [
      { path: '/applications', body: { ...application, permissions: [permission] } },
      {
        path: '/callers',
        body: { role: 'caller', grants: [{ tenants: '*', permissions: [permission] }] },
      },
    ]),
    { path: '/applications', body: { ...application, permissions: [], cloud: 'mars' } },
    { path: '/applications', body: { ...application, permissions: [], signing_alg: 'none' } },
    { path: '/applications', body: { ...application, permissions: [], return_url: 'javascript:alert(1)' } },
    { path: '/tenants', body: { directory_id, applications: ['kept'], cloud: 'mars' } },
    { path: '/tenants', body: { directory_id: 'common', applications: ['kept'] } },
    { path: '/tenants', body: { directory_id, applications: ['nobody'] } },
    { path: '/callers', body: { role: 'admin', grants: [] } },
  ]
  for (const { path, body } of wrong) {
    const about = JSON.stringify(body)
    const expected = { status: 400, code: 'invalid_request' }
    // A directory that another tenant has would be refused for that.
    const own = 'directory_id' in body && body.directory_id === directory_id
    const fresh = { ...body, ...(own && { directory_id: crypto.randomUUID() }) }
    expectProblem(t, await operator('POST', path, { id: 'new', ...fresh }), expected, `POST ${about}`)
    expectProblem(t, await operator('PUT', `${path}/new`, fresh), expected, `PUT new ${about}`)
    expectProblem(t, await change(`${path}/kept`, 'PUT', body), expected, `PUT ${about}`)
    expectProblem(t, await change(`${path}/kept`, 'PATCH', body), expected, `PATCH ${about}`)
  }
  const moved = { directory_id: crypto.randomUUID(), applications: ['kept'] }
  t.equal((await change('/tenants/kept', 'PUT', moved)).body['code'], 'immutable_member')
  t.equal((await change('/tenants/kept', 'PATCH', moved)).body['code'], 'immutable_member')
})

t.test('Lemur GHSA-v5rc-cpwc-cfpr: and looked at again where it is used', async (t) => {
  await stage.addTenant('narrowed', { roles: ['Mail.Read'] })
  t.equal((await stage.token('narrowed')).status, 200)
  await expectSuccess(change('/callers/demo-service', 'PATCH', { grants: [] }))
  expectProblem(t, await stage.token('narrowed'), { status: 403, code: 'tenant_not_granted' })
  const grants = [{ tenants: '*', permissions: ['Mail.Read'], excess: 'allow' }]
  await expectSuccess(change('/callers/demo-service', 'PATCH', { grants }))
  t.equal((await stage.token('narrowed')).status, 200)
})

t.test(
  'oauth2-proxy CVE-2026-34457: whoever says to be a probe is asked for a key like all others',
  async (t) => {
    const agents = ['kube-probe/1.34', 'GoogleHC/1.0', 'ELB-HealthChecker/2.0', 'Prometheus/3.0', 'AlwaysOn']
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-original-url': '/livez' }
    const { paths } = members((await anonymous('GET', '/openapi.json')).body)
    const operation = (path: string) => members(paths)[path] && members(members(paths)[path])['get']
    // Those with a security of their own are public, or answer in the words of OAuth.
    const guarded = Object.keys(members(paths)).filter((path) => {
      const get = operation(path)
      return get !== undefined && members(get)['security'] === undefined
    })
    t.ok(guarded.includes('/export') && guarded.length > 10)
    for (const path of guarded)
      for (const agent of agents) {
        const spoofed = { ...headers, 'user-agent': agent, 'x-http-method-override': 'HEAD' }
        const reply = await anonymous('GET', path.replaceAll(/\{\w+\}/g, 'demo'), undefined, spoofed)
        expectProblem(t, reply, { status: 401, code: 'unauthenticated' }, `${agent} ${path}`)
      }
  },
)

t.test('fast-jwt CVE-2026-35039: a key that was good is remembered no longer than it lives', async (t) => {
  await expectSuccess(operator('POST', '/callers', { id: 'brief', role: 'operator', grants: [] }))
  const expires_at = new Date(Date.now() + 60_000).toISOString()
  const brief = text(await expectSuccess(operator('POST', '/callers/brief/keys', { expires_at })), 'key')
  const ask = (key: string) => anonymous('GET', '/tenants', undefined, { authorization: `Bearer ${key}` })
  t.equal((await ask(brief)).status, 200)
  const { status } = await ask(`${brief.slice(0, -1)}${brief.endsWith('A') ? 'B' : 'A'}`)
  t.equal(status, 401, 'another key of the same id is another key')
  ahead = 61_000
  expectProblem(t, await ask(brief), { status: 401, code: 'unauthenticated' })
  ahead = 0
})

t.test('OpenBao CVE-2025-62513: what a body says is in no reply to it', async (t) => {
  const secret = 'k'.repeat(40)
  const bodies = [
    { type: 'client_secret', value: secret, expires_at: 'never' },
    { type: 'certificate', source: 'pem', certificate: 'x', private_key: secret, more: secret },
    { type: secret, source: secret, password: secret },
  ]
  for (const body of bodies) {
    const reply = await operator('POST', '/applications/demo/credentials', body)
    t.equal(reply.status, 400)
    t.notMatch(JSON.stringify(reply), secret)
  }
  t.equal((await caller('GET', '/audit')).status, 403)
  t.ok((await vault('GET', '/_sandbox/requests')).status === 200)
})
