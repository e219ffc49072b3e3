import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { createRawClient } from '../http/raw-client.ts'
import { basic, createTokenClient, expectOauthError } from './oauth-client.ts'
import { setStage } from './stage.ts'

const { sandbox, folder, operator, token, entra, pass, addTenant, readMail } = await setStage(t)
const key = sandbox.demo.callerKey
const send = createRawClient(sandbox.broker.origin)
const post = createTokenClient(send)
const grant = { grant_type: 'client_credentials' }
const posted = { ...grant, client_id: 'demo-service', client_secret: key }
const ask = (more: object = {}, tenant = 'contoso') => post(tenant, { ...posted, ...more })

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
    expectOauthError(t, await reply, 400, 'invalid_request', /authenticates twice/)
    t.equal((await reply).headers['www-authenticate'], undefined, name)
  }
})

t.test('a tenant is named by its id or its GUID', async (t) => {
  const guid = text((await operator('GET', '/tenants/contoso')).body, 'directory_id')
  const replies = [await ask({}), await ask({}, guid), await ask({}, guid.toUpperCase())]
  t.strictSame([...new Set(replies.map(({ status }) => status))], [200])
  t.equal(new Set(replies.map(({ body }) => body['access_token'])).size, 1)
  for (const tenant of ['con_toso', 'con%20toso', 'a'.repeat(129), '%2e%2e%2ftokens'])
    expectOauthError(t, await ask({}, tenant), 400, 'invalid_request', /^invalid_request: tenant: It must/)
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
    expectOauthError(
      t,
      await ask({ scope }),
      400,
      'invalid_scope',
      /^unknown_resource: .*The resources here are https:/,
    )
  const two = { scope: `${graph}/.default`, resource: 'https://outlook.office365.com' }
  expectOauthError(t, await ask(two), 400, 'invalid_scope', /unknown_resource/)
  const outlook = { scope: 'https://outlook.office365.com/.default' }
  expectOauthError(t, await ask(outlook), 400, 'invalid_scope', /^permission_not_granted: .*outlook/)
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
    expectOauthError(
      t,
      await get(`/${tenant}/v2.0/.well-known/openid-configuration`),
      400,
      'invalid_request',
      'tenant: ',
    )
})
