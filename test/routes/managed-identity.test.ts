import t, { type Test } from 'tap'
import { text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { runSandbox } from '../fixture.ts'
import { createRawClient, type RawReply } from '../http/raw-client.ts'
import { lasting } from './oauth-client.ts'
import { setStage } from './stage.ts'

const { sandbox, operator, token, entra, pass, addTenant, readMail } = await setStage(t)
const key = sandbox.demo.callerKey
const send = createRawClient(sandbox.broker.origin)
const usual = { 'api-version': '2019-08-01', resource: 'https://graph.microsoft.com', client_id: 'contoso' }

function get(query: object | string = usual, header: string | undefined = key): Promise<RawReply> {
  const search = typeof query === 'string' ? query : new URLSearchParams({ ...query }).toString()
  const headers = header === '' ? {} : { 'x-identity-header': header }
  return send({ method: 'GET', path: `/msi/token?${search}`, headers })
}

/** What all of Azure's libraries find the reason in; never 404 or 410, which they take for a start-up. */
function expectError(t: Test, reply: RawReply, status: number, error: string, description: RegExp) {
  t.equal(reply.status, status, reply.text)
  const { message } = reply.body
  t.strictSame(reply.body, { statusCode: status, message, error, error_description: message })
  t.match(message, description)
  t.match(reply.headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store' })
  t.equal(reply.headers['www-authenticate'], undefined)
  t.notMatch(reply.text, key)
}

t.test('the reply is what App Service gives, and nothing more', async (t) => {
  for (const resource of [
    'https://graph.microsoft.com',
    'https://graph.microsoft.com/',
    'HTTPS://GRAPH.microsoft.com',
  ]) {
    const { status, headers, body } = await get({ ...usual, resource })
    t.equal(status, 200)
    t.strictSame(Object.keys(body), ['access_token', 'expires_on', 'resource', 'token_type'])
    t.match(body, { expires_on: /^\d{10}$/, resource, token_type: 'Bearer' }, 'the resource verbatim')
    t.match(headers, { 'cache-control': 'no-store' })
    const native = await token('contoso')
    t.equal(body['access_token'], native.body['access_token'])
    t.equal(body['expires_on'], String(native.body['expires_at']))
    t.equal((await readMail(text(body, 'access_token'))).status, 200)
  }
})

t.test('who is not known', async (t) => {
  const seen = new Set<string>()
  for (const header of ['', 'sesame', `Bearer ${key}`, `${key}x`, key.replace(/.{8}$/, 'AAAAAAAA')]) {
    const reply = await get(usual, header)
    expectError(t, reply, 401, 'invalid_client', /^unauthenticated: .*IDENTITY_HEADER/)
    seen.add(lasting(reply))
  }
  t.equal(seen.size, 1)
  expectError(t, await get('', ''), 401, 'invalid_client', /^unauthenticated/)
  const path = `/msi/token?${new URLSearchParams(usual)}`
  const bearer = await send({ method: 'GET', path, headers: { authorization: `Bearer ${key}` } })
  t.equal(bearer.status, 401, 'a key in another header does not count')
})

t.test('a tenant that is unknown and one that is not granted answer byte for byte alike', async (t) => {
  const grants = [{ tenants: { ids: ['contoso'] }, permissions: demoPermissions }]
  await operator('POST', '/callers', { id: 'narrow', role: 'caller', grants })
  const narrow = text((await operator('POST', '/callers/narrow/keys', {})).body, 'key')
  const seen = new Set<string>()
  for (const client_id of [
    'fabrikam',
    'nobody',
    '6ba7b811-9dad-41d1-80b4-00c04fd430c8',
    'common',
    'a b',
    '../x',
  ]) {
    const reply = await get({ ...usual, client_id }, narrow)
    expectError(t, reply, 400, 'invalid_request', /^tenant_not_granted: /)
    seen.add(lasting(reply))
  }
  t.equal(seen.size, 1)
  t.equal((await get(usual, narrow)).status, 200)
})

t.test('a query that is wrong', async (t) => {
  expectError(
    t,
    await get({ ...usual, 'api-version': '2018-02-01' }),
    400,
    'invalid_request',
    /api-version: .*2019-08-01/,
  )
  const none = await get('')
  expectError(t, none, 400, 'invalid_request', /api-version: .*resource: .*client_id: .*AZURE_CLIENT_ID/)
  for (const name of ['mi_res_id', 'msi_res_id', 'object_id', 'principal_id']) {
    const reply = await get({ ...usual, [name]: 'x' })
    expectError(
      t,
      reply,
      400,
      'invalid_request',
      new RegExp(`${name}: A tenant is named by client_id alone\\.`),
    )
  }
  const twice = `${new URLSearchParams(usual)}&client_id=fabrikam`
  expectError(t, await get(twice), 400, 'invalid_request', /client_id: It is given twice\./)
  t.equal((await get({ ...usual, more: 'x' })).status, 200, 'what is not known is ignored')
})

t.test('another resource is refused in words', async (t) => {
  for (const resource of [
    'https://vault.azure.net',
    'https://management.azure.com/',
    'https://graph.microsoft.com/.default',
  ]) {
    const reply = await get({ ...usual, resource })
    expectError(t, reply, 400, 'invalid_scope', /^unknown_resource: .*The resources here are https:\/\/graph/)
  }
  const outlook = await get({ ...usual, resource: 'https://outlook.office365.com' })
  expectError(t, outlook, 400, 'invalid_scope', /^permission_not_granted/)
})

t.test('roles, consent and outages', async (t) => {
  await operator('POST', '/callers', { id: 'an-auditor', role: 'auditor', grants: [] })
  const auditor = text((await operator('POST', '/callers/an-auditor/keys', {})).body, 'key')
  expectError(t, await get(usual, auditor), 400, 'unauthorized_client', /^role_required/)
  const absent = await get({ ...usual, client_id: 'northwind' })
  expectError(t, absent, 400, 'unauthorized_client', /^consent_missing: .*\/consent\//)
  const directory = await addTenant('faulty', { roles: demoPermissions })
  const fault = { match: `/${directory}/`, times: 1, status: 429, headers: { 'retry-after': '45' } }
  await entra('POST', '/_sandbox/faults', fault)
  const throttled = await get({ ...usual, client_id: 'faulty' })
  expectError(t, throttled, 503, 'temporarily_unavailable', /^entra_throttled/)
  t.equal(throttled.headers['retry-after'], '45')
})

t.test('a token of which five minutes are left is not served', async (t) => {
  const first = await get()
  await pass(3300)
  t.not((await get()).body['access_token'], first.body['access_token'])
})

t.test('it is off unless somebody switched it on, and says so', async (t) => {
  const { sandbox } = await runSandbox(t, { environment: { MSI: 'off' } })
  const path = `/msi/token?${new URLSearchParams(usual)}`
  const off = createRawClient(sandbox.broker.origin)
  for (const headers of [{}, { 'x-identity-header': sandbox.demo.callerKey }])
    expectError(t, await off({ method: 'GET', path, headers }), 400, 'invalid_request', /MSI: .*MSI=on/)
})
