import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import {
  bySecret,
  clientId,
  contoso,
  decode,
  type Form,
  fabrikam,
  members,
  secret,
  startEntra,
} from './entra-fixture.ts'

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/

async function start(t: Test) {
  const entra = await startEntra(t)
  const secrets = [secret, { value: 'outdated', expires_at: '2026-01-01T00:00:00Z' }]
  await entra.put(`/applications/${clientId}`, { secrets, display_name: 'Daemon' })
  await entra.put(`/directories/${contoso}`, { display_name: 'Contoso', domains: ['contoso.example'] })
  const roles = ['Mail.Read', 'Mail.Send', 'outlook:IMAP.AccessAsApp']
  await entra.put(`/directories/${contoso}/consents/${clientId}`, { roles })
  await entra.put(`/directories/${fabrikam}`, {})
  return entra
}

t.test('a secret gets a token with the roles that were granted for its resource', async (t) => {
  const { token, clock } = await start(t)
  const { status, body, headers } = await token(bySecret())
  t.equal(status, 200)
  t.strictSame(Object.keys(body), ['token_type', 'expires_in', 'ext_expires_in', 'access_token'])
  t.match(body, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 })
  t.equal(headers.get('cache-control'), 'no-store, no-cache')
  t.equal(headers.get('content-type'), 'application/json; charset=utf-8')
  t.equal(headers.getSetCookie().length, 3)
  const { header, claims } = decode(body['access_token'])
  t.strictSame(Object.keys(header), ['typ', 'alg', 'x5t', 'kid'])
  const now = clock.now / 1000
  t.match(claims, {
    aud: 'https://graph.microsoft.com',
    iss: `https://sts.windows.net/${contoso}/`,
    iat: now - 300,
    nbf: now - 300,
    exp: now + 3600,
    app_displayname: 'Daemon',
    appid: clientId,
    appidacr: '1',
    idtyp: 'app',
    roles: ['Mail.Read', 'Mail.Send'],
    sub: claims['oid'],
    tid: contoso,
    ver: '1.0',
  })
  t.match(claims['oid'], guid)
  const again = await token(bySecret())
  const { claims: other } = decode(again.body['access_token'])
  t.not(other['uti'], claims['uti'])
  t.equal(other['oid'], claims['oid'])
})

t.test('each resource has roles of its own', async (t) => {
  const { token } = await start(t)
  const of = async (resource: string) => {
    const { body } = await token(bySecret({ scope: `${resource}/.default` }))
    const { aud, roles } = decode(body['access_token']).claims
    return { aud, roles }
  }
  const graph = ['Mail.Read', 'Mail.Send']
  const id = '00000003-0000-0000-c000-000000000000'
  t.strictSame(await of(id), { aud: id, roles: graph })
  t.strictSame(await of('https://graph.microsoft.us'), { aud: 'https://graph.microsoft.us', roles: graph })
  t.strictSame(await of('https://outlook.office365.com'), {
    aud: 'https://outlook.office365.com',
    roles: ['IMAP.AccessAsApp'],
  })
  t.strictSame(await of('https://vault.azure.net'), { aud: 'https://vault.azure.net', roles: undefined })
})

t.test('a secret may come by Basic, and the directory by its domain', async (t) => {
  const { token } = await start(t)
  const basic = Buffer.from(`${clientId}:${encodeURIComponent(secret)}`).toString('base64')
  const { client_secret: _secret, client_id: _id, ...form } = bySecret()
  const { body } = await token(form, { authorization: `Basic ${basic}` }, 'contoso.example')
  t.equal(decode(body['access_token']).claims['tid'], contoso)
})

t.test('the published keys verify the tokens', async (t) => {
  const { token, call, clock } = await start(t)
  const { body } = await token(bySecret())
  for (const directory of [contoso, 'common']) {
    const keys = createRemoteJWKSet(new URL('https://unused.example'), {
      [customFetch]: async () => {
        const reply = await call(`/${directory}/discovery/v2.0/keys`)
        return new Response(await reply.text(), { status: reply.status })
      },
    })
    const { payload } = await jwtVerify(String(body['access_token']), keys, {
      audience: 'https://graph.microsoft.com',
      currentDate: new Date(clock.now),
    })
    t.equal(payload['appid'], clientId)
  }
})

t.test(
  'openid-configuration names its own origin, and refuses a directory that it does not know',
  async (t) => {
    const { call, origin } = await start(t)
    const known = await call('/contoso.example/v2.0/.well-known/openid-configuration')
    t.equal(known.headers.get('strict-transport-security'), null)
    t.match(await known.json(), {
      token_endpoint: `${origin}/${contoso}/oauth2/v2.0/token`,
      jwks_uri: `${origin}/${contoso}/discovery/v2.0/keys`,
      issuer: `${origin}/${contoso}/v2.0`,
    })
    const common = await call('/common/v2.0/.well-known/openid-configuration')
    t.match(await common.json(), { issuer: `${origin}/{tenantid}/v2.0`, tenant_region_scope: null })
    const unknown = await call(`/${clientId}/v2.0/.well-known/openid-configuration`)
    t.equal(unknown.status, 400)
    t.match(await unknown.json(), { error: 'invalid_tenant', error_codes: [90002] })
  },
)

t.test('a refusal has the members, ids and headers of the real one', async (t) => {
  const { token } = await start(t)
  const asked = '99999999-aaaa-4bbb-8ccc-000000000009'
  const { status, body, headers } = await token(bySecret({ client_secret: 'wrong' }), {
    'client-request-id': asked,
    'return-client-request-id': 'true',
  })
  t.equal(status, 401)
  t.match(body['trace_id'], guid)
  t.strictSame(Object.entries(body), [
    ['error', 'invalid_client'],
    [
      'error_description',
      `AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.\r\nTrace ID: ${body['trace_id']}\r\nCorrelation ID: ${asked}\r\nTimestamp: 2026-03-02 12:00:00Z`,
    ],
    ['error_codes', [7000215]],
    ['timestamp', '2026-03-02 12:00:00Z'],
    ['trace_id', body['trace_id']],
    ['correlation_id', asked],
    ['error_uri', 'https://login.microsoftonline.com/error?code=7000215'],
  ])
  t.equal(headers.get('x-ms-request-id'), body['trace_id'])
  t.equal(headers.get('client-request-id'), asked)
})

t.test('requests are refused as the real endpoint refuses them', async (t) => {
  const { token } = await start(t)
  const unknown = '99999999-aaaa-4bbb-8ccc-000000000009'
  type Case = [name: string, form: Form, status: number, error: string, code: number, directory?: string]
  const cases: Case[] = [
    ['a malformed directory', bySecret(), 400, 'invalid_request', 900023, 'contoso'],
    ['an unknown directory', bySecret(), 400, 'invalid_request', 90002, unknown],
    ['an unknown domain', bySecret(), 400, 'invalid_request', 90002, 'unknown.example'],
    ['no directory at all', bySecret(), 400, 'invalid_request', 50059, 'common'],
    ['no grant_type', bySecret({ grant_type: '' }), 400, 'invalid_request', 900144],
    ['no client_id', bySecret({ client_id: '' }), 400, 'invalid_request', 900144],
    ['another grant_type', bySecret({ grant_type: 'password' }), 400, 'unsupported_grant_type', 70003],
    ['no scope', bySecret({ scope: '' }), 400, 'invalid_request', 90014],
    ['a delegated scope', bySecret({ scope: 'Mail.Read' }), 400, 'invalid_scope', 1002012],
    ['an unusable scope', bySecret({ scope: 'user.read/.default' }), 400, 'invalid_scope', 70011],
    [
      'two resources',
      bySecret({ scope: 'https://graph.microsoft.com/.default https://vault.azure.net/.default' }),
      400,
      'invalid_scope',
      700022,
    ],
    [
      'an unknown resource',
      bySecret({ scope: 'https://x.example/.default' }),
      400,
      'invalid_resource',
      500011,
    ],
    ['no credentials', bySecret({ client_secret: '' }), 401, 'invalid_client', 7000216],
    ['an unknown application', bySecret({ client_id: unknown }), 400, 'unauthorized_client', 700016],
    ['a directory without consent', bySecret(), 400, 'unauthorized_client', 700016, fabrikam],
    ['an expired secret', bySecret({ client_secret: 'outdated' }), 401, 'invalid_client', 7000222],
  ]
  for (const [name, form, status, error, code, directory] of cases) {
    const reply = await token(form, {}, directory)
    t.equal(reply.status, status, name)
    t.match(reply.body, { error, error_codes: [code] }, name)
    t.match(reply.body['error_description'], `AADSTS${code}: `, name)
  }
})

t.test('what is no form counts as one without parameters', async (t) => {
  const { call } = await start(t)
  const reply = await call(`/${contoso}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"grant_type":"client_credentials"}',
  })
  t.match(members(await reply.json())['error_description'], /AADSTS900144: .*'grant_type'/)
})

t.test('long-lived tokens come with refresh_in, and opaque ones only the sandbox can read', async (t) => {
  const { token, put, entra } = await start(t)
  await put('/settings', { token_lifetime_seconds: 86_400, opaque_tokens: true })
  const { body } = await token(bySecret())
  t.match(body, { expires_in: 86_399, refresh_in: 43_199 })
  const value = String(body['access_token'])
  t.notOk(value.includes('.'))
  t.match(entra.verifyToken(value, 'https://graph.microsoft.com'), { appid: clientId })
})

t.test('tokens can come without the roles that were granted', async (t) => {
  const { token, put } = await start(t)
  await put('/settings', { tokens_without_roles: true })
  const { body } = await token(bySecret())
  t.notOk('roles' in decode(body['access_token']).claims)
})

t.test('a token is verified for its signature, its audience and its lifetime', async (t) => {
  const { token, clock, entra } = await start(t)
  const value = String((await token(bySecret())).body['access_token'])
  const graph = 'https://graph.microsoft.com'
  t.match(entra.verifyToken(value, [graph, 'other']), { tid: contoso, roles: ['Mail.Read', 'Mail.Send'] })
  t.equal(entra.verifyToken(value, 'https://vault.azure.net'), undefined)
  t.equal(entra.verifyToken(`${value.slice(0, -8)}AAAAAAAA`, graph), undefined)
  const [header, , signature] = value.split('.')
  const forged = Buffer.from(JSON.stringify({ aud: graph, roles: ['Mail.ReadWrite'] })).toString('base64url')
  t.equal(entra.verifyToken(`${header}.${forged}.${signature}`, graph), undefined)
  clock.now += 3_600_000
  t.equal(entra.verifyToken(value, graph), undefined)
})
