import t from 'tap'
import { text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { createRawClient } from '../http/raw-client.ts'
import { basic, createTokenClient, expectOauthError, lasting } from './oauth-client.ts'
import { setStage } from './stage.ts'

const { sandbox, operator, entra, addTenant } = await setStage(t)
const key = sandbox.demo.callerKey
const send = createRawClient(sandbox.broker.origin)
const post = createTokenClient(send)
const grant = { grant_type: 'client_credentials' }
const posted = { ...grant, client_id: 'demo-service', client_secret: key }
const ask = (more: object = {}, tenant = 'contoso') => post(tenant, { ...posted, ...more })

async function addCaller(id: string, role = 'caller', grants: object[] = []): Promise<string> {
  t.equal((await operator('POST', '/callers', { id, role, grants })).status, 201)
  return text((await operator('POST', `/callers/${id}/keys`, {})).body, 'key')
}

t.test('who is not known is answered alike, whatever is wrong', async (t) => {
  const stranger = key.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  const operatorKey = sandbox.demo.operatorKey
  const inBody = {
    nothing: post('contoso', grant),
    'the id alone': post('contoso', { ...grant, client_id: 'demo-service' }),
    'the key alone': post('contoso', { ...grant, client_secret: key }),
    "another caller's key": ask({ client_secret: operatorKey }),
    'a key of nobody': ask({ client_secret: stranger }),
    'no key at all': ask({ client_secret: 'sesame' }),
    'a key and more': ask({ client_secret: `${key} ` }),
    'another id': ask({ client_id: 'operator' }),
    'an id in another case': ask({ client_id: 'Demo-Service' }),
    'an unknown tenant too': ask({ client_secret: stranger }, 'nobody'),
    'an assertion of nobody': post('contoso', {
      ...grant,
      client_id: 'demo-service',
      client_assertion: 'e30.e30.e30',
    }),
    'a key as assertion': post('contoso', { ...grant, client_id: 'demo-service', client_assertion: key }),
    'a bearer token': post('contoso', grant, { authorization: `Bearer ${key}` }),
  }
  const inHeader = {
    'a key of nobody': post('contoso', grant, basic('demo-service', stranger)),
    'another id': post('contoso', grant, basic('operator', key)),
    'two ids': post('contoso', { ...grant, client_id: 'operator' }, basic('demo-service', key)),
    'no colon': post('contoso', grant, { authorization: `Basic ${Buffer.from(key).toString('base64')}` }),
    'no base64': post('contoso', grant, { authorization: 'Basic ~~~' }),
    empty: post('contoso', grant, { authorization: 'Basic' }),
    'an escape that is none': post('contoso', grant, basic('demo-service%', key)),
  }
  for (const [replies, challenge] of [
    [inBody, undefined],
    [inHeader, 'Basic realm="graph-token-broker"'],
  ] as const) {
    const seen = new Set<string>()
    for (const [name, reply] of Object.entries(replies)) {
      expectOauthError(t, await reply, 401, 'invalid_client', /^unauthenticated: .*API key/)
      t.equal((await reply).headers['www-authenticate'], challenge, name)
      seen.add(lasting(await reply))
    }
    t.equal(seen.size, 1, 'byte for byte')
  }
})

t.test('a tenant that is unknown and one that is not granted answer byte for byte alike', async (t) => {
  const narrow = await addCaller('narrow', 'caller', [
    { tenants: { ids: ['fabrikam'] }, permissions: ['Mail.Read'] },
  ])
  const seen = new Set<string>()
  const guid = text((await operator('GET', '/tenants/contoso')).body, 'directory_id')
  const never = [
    'nobody',
    '6ba7b811-9dad-41d1-80b4-00c04fd430c8',
    'common',
    'organizations',
    'consumers',
    'tokens',
  ]
  for (const tenant of ['contoso', guid, 'Fabrikam', 'fabrikam.example', '...', ...never]) {
    const reply = await post(tenant, { ...grant, client_id: 'narrow', client_secret: narrow })
    expectOauthError(t, reply, 400, 'invalid_request', /^tenant_not_granted: .* ask an operator/i)
    seen.add(lasting(reply))
  }
  t.equal(seen.size, 1)
  const granted = await post('fabrikam', { ...grant, client_id: 'narrow', client_secret: narrow })
  t.equal(granted.status, 200)
})

t.test('a request that is malformed', async (t) => {
  const twice = await post('contoso', [...Object.entries(posted), ['client_id', 'demo-service']])
  expectOauthError(t, twice, 400, 'invalid_request', 'client_id: It is given twice.')
  expectOauthError(
    t,
    await post('contoso', [...Object.entries(posted), ['x', ''], ['x', '']]),
    400,
    'invalid_request',
    'x:',
  )
  const long = await ask({ [`${'x'.repeat(100)}`]: '', ['\u0000"\\']: '' })
  t.equal(long.status, 200, 'whatever is called so')
  const { grant_type: _, ...ungranted } = posted
  expectOauthError(t, await post('contoso', ungranted), 400, 'invalid_request', /grant_type: .*required/)
  for (const grant_type of ['password', 'authorization_code', 'Client_Credentials'])
    expectOauthError(t, await ask({ grant_type }), 400, 'unsupported_grant_type', /client_credentials/)
  const unknown = post('contoso', { grant_type: 'password' })
  expectOauthError(t, await unknown, 401, 'invalid_client', /unauthenticated/)

  const path = '/contoso/oauth2/v2.0/token'
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'nonsense',
    '*/*',
  ]) {
    const reply = await send({ method: 'POST', path, headers: { 'content-type': type }, body: '{"a":1}' })
    expectOauthError(t, reply, 400, 'invalid_request', /application\/x-www-form-urlencoded/)
  }
  expectOauthError(t, await send({ method: 'POST', path }), 400, 'invalid_request', /^invalid_request: body:/)
  expectOauthError(t, await ask({ pad: 'x'.repeat(16_384) }), 413, 'invalid_request', /^body_too_large:/)
})

t.test('an auditor gets no token, and an operator has no grant', async (t) => {
  const auditor = await addCaller('an-auditor', 'auditor')
  const asAuditor = await post('contoso', { ...grant, client_id: 'an-auditor', client_secret: auditor })
  expectOauthError(t, asAuditor, 400, 'unauthorized_client', /^role_required: /)
  const asOperator = { ...grant, client_id: 'operator', client_secret: sandbox.demo.operatorKey }
  expectOauthError(t, await post('contoso', asOperator), 400, 'invalid_request', /^tenant_not_granted: /)
})

t.test('a directory that has not consented to all of it', async (t) => {
  const reply = await ask({}, 'fabrikam')
  const missing = /^consent_missing: .*Mail\.Send.* Send (\S+) to the customer's administrator, then retry\./
  expectOauthError(t, reply, 400, 'unauthorized_client', missing)
  const [, link = ''] = missing.exec(text(reply.body, 'error_description')) ?? []
  t.equal((await send({ method: 'GET', path: new URL(link).pathname })).status, 200)
  await addTenant('lenient', { roles: ['Mail.Read'], more: { role_check: 'warn' } })
  t.equal((await ask({}, 'lenient')).status, 200, 'unless the tenant is said to bear it')
  const absent = await ask({}, 'northwind')
  expectOauthError(t, absent, 400, 'unauthorized_client', /^consent_missing: .*northwind/)
  t.not(text(absent.body, 'trace_id'), /Request ID: (.*)$/.exec(text(absent.body, 'error_description'))?.[1])
})

t.test('a token that carries more than the grant', async (t) => {
  const less = await addCaller('less', 'caller', [{ tenants: '*', permissions: ['Mail.Read'] }])
  const reply = await post('contoso', { ...grant, client_id: 'less', client_secret: less })
  expectOauthError(t, reply, 400, 'unauthorized_client', /^excess_permissions: .*Mail\.Send.*excess: allow/)
  const grants = [{ tenants: '*', permissions: ['Mail.Read'], excess: 'allow' }]
  const lax = await addCaller('lax', 'caller', grants)
  t.equal((await post('contoso', { ...grant, client_id: 'lax', client_secret: lax })).status, 200)
})

t.test('what passes says when to come back, and what does not pass is never 401', async (t) => {
  const faults = [
    [
      { status: 429, headers: { 'retry-after': '45' } },
      503,
      'temporarily_unavailable',
      '45',
      /^entra_throttled/,
    ],
    [
      { status: 503, headers: { 'retry-after': '90' } },
      503,
      'temporarily_unavailable',
      '90',
      /^entra_unavailable/,
    ],
    [{ status: 200, body: 'x' }, 502, 'server_error', undefined, /^entra_nonsense/],
    [
      { status: 401, body: { error: 'invalid_client', error_codes: [700027] } },
      400,
      'server_error',
      undefined,
      /^credential_rejected: .*certificate [0-9A-F]{40}/,
    ],
  ] as const
  for (const [index, [fault, status, error, retryAfter, description]] of faults.entries()) {
    const id = `faulty-${index}`
    const directory = await addTenant(id, { roles: demoPermissions })
    await entra('POST', '/_sandbox/faults', { match: `/${directory}/`, times: 5, ...fault })
    const reply = await ask({}, id)
    expectOauthError(t, reply, status, error, description)
    t.equal(reply.headers['retry-after'], retryAfter)
    await entra('DELETE', '/_sandbox/faults')
  }
})
