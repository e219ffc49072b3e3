import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { createRawClient, type RawReply } from '../http/raw-client.ts'
import { basic, createTokenClient, lasting } from './oauth-client.ts'
import { setStage } from './stage.ts'

const { sandbox, folder, operator, token, entra, pass, addTenant, readMail } = await setStage(t)
const key = sandbox.demo.callerKey
const send = createRawClient(sandbox.broker.origin)
const post = createTokenClient(send)
const grant = { grant_type: 'client_credentials' }
const posted = { ...grant, client_id: 'demo-service', client_secret: key }
const ask = (more: object = {}, tenant = 'contoso') => post(tenant, { ...posted, ...more })

/** What RFC 6749 §5.2 and Entra's clients need of an error. */
function expectError(t: Test, reply: RawReply, status: number, error: string, description: RegExp | string) {
  const { headers, body } = reply
  t.equal(reply.status, status, reply.text)
  t.match(body, { error, error_description: description })
  t.strictSame(Object.keys(body), ['error', 'error_description', 'trace_id', 'correlation_id', 'timestamp'])
  t.match(body['timestamp'], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
  t.match(body['error_description'], /^[\x20-\x21\x23-\x5b\x5d-\x7e]+ Request ID: [0-9a-f-]{36}$/)
  t.match(headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store', pragma: 'no-cache' })
  t.notMatch(reply.text, key)
}

async function addCaller(id: string, role = 'caller', grants: object[] = []): Promise<string> {
  t.equal((await operator('POST', '/callers', { id, role, grants })).status, 201)
  return text((await operator('POST', `/callers/${id}/keys`, {})).body, 'key')
}

t.test('the reply is what Entra gives, and nothing more', async (t) => {
  const reply = await ask({ scope: 'https://graph.microsoft.com/.default' })
  t.equal(reply.status, 200)
  t.strictSame(Object.keys(reply.body), ['token_type', 'expires_in', 'ext_expires_in', 'access_token'])
  t.match(reply.body, { token_type: 'Bearer', expires_in: Number, ext_expires_in: reply.body['expires_in'] })
  t.ok(Number.isInteger(reply.body['expires_in']) && Number(reply.body['expires_in']) > 3500)
  t.match(reply.headers, { 'cache-control': 'no-store', pragma: 'no-cache' })
  t.equal((await readMail(text(reply.body, 'access_token'))).status, 200)
  const native = await token('contoso')
  t.equal(native.body['access_token'], reply.body['access_token'], 'it is the token of POST /tokens')
})

t.test('each way of a client to say who it is', async (t) => {
  const all = (encoded: string) => encoded.replaceAll(/[-_.~]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  for (const [name, reply] of Object.entries({
    'in the body': ask(),
    'Basic, raw': post('contoso', grant, basic('demo-service', key)),
    'Basic, form-encoded': post('contoso', grant, basic('demo-service', key, all)),
    'Basic, in another case': post('contoso', grant, {
      authorization: basic('demo-service', key).authorization.replace('Basic', 'bASIC'),
    }),
    'Basic, and the id again': post(
      'contoso',
      { ...grant, client_id: 'demo-service' },
      basic('demo-service', key),
    ),
    'a header of a proxy beside it': post('contoso', posted, { authorization: 'Bearer of-the-mesh' }),
    'a parameter without a value': ask({ client_assertion: '' }),
  }))
    t.equal((await reply).status, 200, name)
  for (const [name, reply] of Object.entries({
    'body and Basic': post('contoso', posted, basic('demo-service', key)),
    'secret and assertion': ask({ client_assertion: 'x' }),
    'Basic and assertion': post('contoso', { ...grant, client_assertion: 'x' }, basic('demo-service', key)),
  })) {
    expectError(t, await reply, 400, 'invalid_request', /authenticates twice/)
    t.equal((await reply).headers['www-authenticate'], undefined, name)
  }
})

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
      expectError(t, await reply, 401, 'invalid_client', /^unauthenticated: .*API key/)
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
    expectError(t, reply, 400, 'invalid_request', /^tenant_not_granted: .* ask an operator/i)
    seen.add(lasting(reply))
  }
  t.equal(seen.size, 1)
  const granted = await post('fabrikam', { ...grant, client_id: 'narrow', client_secret: narrow })
  t.equal(granted.status, 200)
})

t.test('a tenant is named by its id or its GUID', async (t) => {
  const guid = text((await operator('GET', '/tenants/contoso')).body, 'directory_id')
  const replies = [await ask({}), await ask({}, guid), await ask({}, guid.toUpperCase())]
  t.strictSame([...new Set(replies.map(({ status }) => status))], [200])
  t.equal(new Set(replies.map(({ body }) => body['access_token'])).size, 1)
  for (const tenant of ['con_toso', 'con%20toso', 'a'.repeat(129), '%2e%2e%2ftokens'])
    expectError(t, await ask({}, tenant), 400, 'invalid_request', /^invalid_request: tenant: It must/)
})

t.test('a scope is all that the caller has of a resource, however it is said', async (t) => {
  const graph = 'https://graph.microsoft.com'
  const taken = [
    { scope: '' },
    { scope: `${graph}/.default` },
    { scope: `${graph}/.DEFAULT openid  profile offline_access email` },
    { scope: 'openid' },
    { resource: graph },
    { resource: `${graph}/` },
    { resource: graph, scope: `${graph}/.default` },
    { scope: `${graph}//.default` },
    { scope: '00000003-0000-0000-c000-000000000000/.default' },
  ]
  for (const form of taken) t.equal((await ask(form)).status, 200, JSON.stringify(form))
  const refused = [
    'Mail.Read',
    graph,
    '.default',
    `${graph}/Mail.Read`,
    'https://vault.azure.net/.default',
    'é"\\',
  ]
  for (const scope of [...refused, `${graph}/.default Mail.Read`, 'https://graph.microsoft.us/.default'])
    expectError(
      t,
      await ask({ scope }),
      400,
      'invalid_scope',
      /^unknown_resource: .*The resources here are https:/,
    )
  const two = { scope: `${graph}/.default`, resource: 'https://outlook.office365.com' }
  expectError(t, await ask(two), 400, 'invalid_scope', /unknown_resource/)
  const outlook = { scope: 'https://outlook.office365.com/.default' }
  expectError(t, await ask(outlook), 400, 'invalid_scope', /^permission_not_granted: .*outlook/)
})

t.test('what is not known is ignored, in the body and behind the path', async (t) => {
  const more = {
    claims: '{"access_token":{"xms_cc":{"values":["cp1"]}}}',
    client_info: '1',
    'x-client-SKU': 'x',
  }
  t.equal((await ask({ ...more, __proto__x: 'y', tenant: 'fabrikam' })).status, 200)
  const body = new URLSearchParams(posted).toString()
  const path = '/contoso/oauth2/v2.0/token?client-request-id=1&client_id=operator&scope=Mail.Send'
  const headers = {
    'content-type': 'application/x-www-form-urlencoded;charset=utf-8',
    'client-request-id': 'x',
  }
  t.equal((await send({ method: 'POST', path, headers, body })).status, 200)
})

t.test('a request that is malformed', async (t) => {
  const twice = await post('contoso', [...Object.entries(posted), ['client_id', 'demo-service']])
  expectError(t, twice, 400, 'invalid_request', 'client_id: It is given twice.')
  expectError(
    t,
    await post('contoso', [...Object.entries(posted), ['x', ''], ['x', '']]),
    400,
    'invalid_request',
    'x:',
  )
  const long = await ask({ [`${'x'.repeat(100)}`]: '', ['\u0000"\\']: '' })
  t.equal(long.status, 200, 'whatever is called so')
  const { grant_type: _, ...ungranted } = posted
  expectError(t, await post('contoso', ungranted), 400, 'invalid_request', /grant_type: .*required/)
  for (const grant_type of ['password', 'authorization_code', 'Client_Credentials'])
    expectError(t, await ask({ grant_type }), 400, 'unsupported_grant_type', /client_credentials/)
  const unknown = post('contoso', { grant_type: 'password' })
  expectError(t, await unknown, 401, 'invalid_client', /unauthenticated/)

  const path = '/contoso/oauth2/v2.0/token'
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'nonsense',
    '*/*',
  ]) {
    const reply = await send({ method: 'POST', path, headers: { 'content-type': type }, body: '{"a":1}' })
    expectError(t, reply, 400, 'invalid_request', /application\/x-www-form-urlencoded/)
  }
  expectError(t, await send({ method: 'POST', path }), 400, 'invalid_request', /^invalid_request: body:/)
  expectError(t, await ask({ pad: 'x'.repeat(16_384) }), 413, 'invalid_request', /^body_too_large:/)
})

t.test('an auditor gets no token, and an operator has no grant', async (t) => {
  const auditor = await addCaller('an-auditor', 'auditor')
  const asAuditor = await post('contoso', { ...grant, client_id: 'an-auditor', client_secret: auditor })
  expectError(t, asAuditor, 400, 'unauthorized_client', /^role_required: /)
  const asOperator = { ...grant, client_id: 'operator', client_secret: sandbox.demo.operatorKey }
  expectError(t, await post('contoso', asOperator), 400, 'invalid_request', /^tenant_not_granted: /)
})

t.test('a directory that has not consented to all of it', async (t) => {
  const reply = await ask({}, 'fabrikam')
  const missing = /^consent_missing: .*Mail\.Send.* Send (\S+) to the customer's administrator, then retry\./
  expectError(t, reply, 400, 'unauthorized_client', missing)
  const [, link = ''] = missing.exec(text(reply.body, 'error_description')) ?? []
  t.equal((await send({ method: 'GET', path: new URL(link).pathname })).status, 302)
  await addTenant('lenient', { roles: ['Mail.Read'], more: { role_check: 'warn' } })
  t.equal((await ask({}, 'lenient')).status, 200, 'unless the tenant is said to bear it')
  const absent = await ask({}, 'northwind')
  expectError(t, absent, 400, 'unauthorized_client', /^consent_missing: .*northwind/)
  t.not(text(absent.body, 'trace_id'), /Request ID: (.*)$/.exec(text(absent.body, 'error_description'))?.[1])
})

t.test('a token that carries more than the grant', async (t) => {
  const less = await addCaller('less', 'caller', [{ tenants: '*', permissions: ['Mail.Read'] }])
  const reply = await post('contoso', { ...grant, client_id: 'less', client_secret: less })
  expectError(t, reply, 400, 'unauthorized_client', /^excess_permissions: .*Mail\.Send.*excess: allow/)
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
    expectError(t, reply, status, error, description)
    t.equal(reply.headers['retry-after'], retryAfter)
    await entra('DELETE', '/_sandbox/faults')
  }
})

t.test('a token of which five minutes are left is not served while there is a fresher one', async (t) => {
  await addTenant('ageing', { roles: demoPermissions })
  const first = await ask({}, 'ageing')
  const fault = { match: '/oauth2/v2.0/token', times: 100, status: 503, headers: { 'retry-after': '5' } }
  await entra('POST', '/_sandbox/faults', fault)
  await pass(3300)
  const held = await ask({}, 'ageing')
  t.equal(held.body['access_token'], first.body['access_token'], 'while Entra is away, the held one')
  await entra('DELETE', '/_sandbox/faults')
  await pass(60)
  const fresh = await ask({}, 'ageing')
  t.not(fresh.body['access_token'], first.body['access_token'])
  t.ok(Number(fresh.body['expires_in']) > 3000)
})

t.test('each request is in the audit, the ones that were refused too', async (t) => {
  const lines = () => readFileSync(join(folder, 'audit.log'), 'utf8').trim().split('\n')
  const before = lines().length
  await ask({ scope: 'Mail.Read' })
  await ask({}, 'nobody')
  const issued = await ask({ scope: 'https://graph.microsoft.com/.default' }, 'contoso')
  t.equal(issued.status, 200)
  t.match(
    lines()
      .slice(before)
      .map((line) => JSON.parse(line)),
    [
      { event: 'token.denied', caller: 'demo-service', outcome: 'unknown_resource', scopes: ['Mail.Read'] },
      { event: 'token.denied', tenant: 'nobody', outcome: 'tenant_not_granted' },
      {
        event: 'token.issued',
        tenant: 'contoso',
        resource: 'graph',
        scopes: ['https://graph.microsoft.com/.default'],
      },
    ],
  )
})

t.test('discovery is the same for every tenant, there or not, and names what was configured', async (t) => {
  const origin = sandbox.broker.tlsOrigin
  const get = (path: string) =>
    send({ method: 'GET', path, headers: { host: 'evil.example', 'x-forwarded-host': 'evil' } })
  const seen = new Set<string>()
  for (const tenant of [
    'contoso',
    'northwind',
    'nobody',
    '6ba7b811-9dad-41d1-80b4-00c04fd430c8',
    'a.example',
  ]) {
    const { status, body, headers, text } = await get(`/${tenant}/v2.0/.well-known/openid-configuration`)
    t.equal(status, 200, tenant)
    t.match(body, {
      issuer: `${origin}/${tenant}/v2.0`,
      token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
      authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
      jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
      grant_types_supported: ['client_credentials'],
    })
    const { date: _, 'content-length': __, ...rest } = headers
    seen.add(JSON.stringify([rest, text.replaceAll(tenant, 'TENANT')]))
    const rfc8414 = await get(`/.well-known/oauth-authorization-server/${tenant}/v2.0`)
    t.equal(rfc8414.text, text)
    const short = await get(`/.well-known/oauth-authorization-server/${tenant}`)
    t.strictSame(
      short.body,
      { ...body, issuer: `${origin}/${tenant}` },
      'RFC 8414 §3.3: the issuer is what was asked for',
    )
    t.strictSame((await get(`/${tenant}/discovery/v2.0/keys`)).body, { keys: [] })
  }
  t.equal(seen.size, 1)
  for (const tenant of ['common', 'organizations', 'consumers', 'tokens', 'msi', 'COMMON', 'a_b', 'a%2fb'])
    expectError(
      t,
      await get(`/${tenant}/v2.0/.well-known/openid-configuration`),
      400,
      'invalid_request',
      'tenant: ',
    )
})
