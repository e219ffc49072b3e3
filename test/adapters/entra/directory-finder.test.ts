import t, { type Test } from 'tap'
import { MockAgent } from 'undici'
import { createDirectoryFinder } from '../../../src/adapters/entra/directory-finder.ts'
import { type CloudName, microsoftClouds } from '../../../src/domain/cloud.ts'
import { fail, ok } from '../../../src/domain/result.ts'
import { clock, directoryId } from './acquisition.ts'

interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly error?: Error
}

const path = '/contoso.example/v2.0/.well-known/openid-configuration'

/** Asks for contoso.example, of which the cloud's authority says this. */
async function find(
  t: Test,
  { status = 200, body = '', headers = {}, error }: Answer,
  cloud: CloudName = 'global',
) {
  const dispatcher = new MockAgent()
  dispatcher.disableNetConnect()
  t.teardown(() => dispatcher.close())
  const asked = dispatcher.get(microsoftClouds[cloud].authority).intercept({ path, method: 'GET' })
  const data = typeof body === 'string' ? body : JSON.stringify(body)
  if (error === undefined) asked.reply(status, data, { headers })
  else asked.replyWithError(error)
  const found = await createDirectoryFinder({ clouds: microsoftClouds, dispatcher, clock }).find(
    cloud,
    'contoso.example',
  )
  dispatcher.assertNoPendingInterceptors()
  return found
}

function metadata(endpoint: string, issuer = endpoint, id = directoryId, of = id) {
  return { token_endpoint: `${endpoint}/${id}/oauth2/v2.0/token`, issuer: `${issuer}/${of}/v2.0`, more: {} }
}

const global = 'https://login.microsoftonline.com'
const refusal = (...error_codes: number[]) => ({
  error: 'invalid_tenant',
  error_description: 'x',
  error_codes,
})

t.test('the directory of a domain, in each cloud at its own host', async (t) => {
  const hosts = {
    global: [global],
    usgov: ['https://login.microsoftonline.us'],
    dod: ['https://login.microsoftonline.us'],
    china: ['https://login.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
  } as const
  for (const cloud of ['global', 'usgov', 'dod', 'china'] as const) {
    const [endpoint, issuer] = hosts[cloud]
    t.strictSame(await find(t, { body: metadata(endpoint, issuer) }, cloud), ok(directoryId), cloud)
  }
  const upper = metadata(global, global, directoryId.toUpperCase())
  t.strictSame(await find(t, { body: upper }), ok(directoryId), 'in lower case')
})

t.test('a domain that nobody has verified', async (t) => {
  for (const code of [90002, 900023]) {
    t.strictSame(
      await find(t, { status: 400, body: refusal(code) }),
      fail({ code: 'domain_not_found', domain: 'contoso.example', aadsts: [code] }),
    )
  }
  const personal = metadata(global, global, '9188040d-6c67-4c5b-b112-36a304b66dad')
  t.match(await find(t, { body: personal }), { failure: { code: 'domain_not_found' } }, 'personal accounts')
})

t.test('a directory of another cloud', async (t) => {
  t.strictSame(
    await find(t, { body: metadata('https://login.microsoftonline.us') }),
    fail({ code: 'wrong_cloud' }),
  )
  const told = await find(t, { status: 400, body: refusal(900382) })
  t.match(told, { failure: { code: 'wrong_cloud', aadsts: [900382] } })
})

t.test('an Entra that is away or busy', async (t) => {
  const away = { code: 'entra_unavailable', retryAfterSeconds: 30 }
  t.strictSame(await find(t, { error: new Error('cut') }), fail(away))
  t.strictSame(await find(t, { status: 503 }), fail(away))
  t.match(await find(t, { status: 503, headers: { 'retry-after': '9' } }), {
    failure: { code: 'entra_unavailable', retryAfterSeconds: 9 },
  })
  t.match(await find(t, { status: 429 }), { failure: { code: 'entra_throttled', retryAfterSeconds: 60 } })
})

t.test('what is no answer is not believed', async (t) => {
  const other = '22222222-aaaa-4bbb-8ccc-000000000002'
  const bodies = [
    '',
    '<html>',
    [],
    null,
    {},
    { token_endpoint: 7, issuer: [] },
    { token_endpoint: `${global}/${directoryId}/oauth2/v2.0/token` },
    metadata(global, global, 'common'),
    metadata(global, global, '{tenantid}'),
    metadata(global, global, '..'),
    metadata(global, global, directoryId, other),
    { ...metadata(global), pad: 'x'.repeat(70_000) },
  ]
  for (const body of bodies) {
    const shown = JSON.stringify(body).slice(0, 100)
    t.strictSame(await find(t, { body }), fail({ code: 'entra_nonsense' }), shown)
  }
  for (const changed of [`${global}:444`, 'http://login.microsoftonline.com', 'https://evil.example']) {
    t.match(await find(t, { body: metadata(changed) }), { ok: false }, changed)
  }
  const elsewhere = { status: 302, headers: { location: `${global}/elsewhere` } }
  t.strictSame(await find(t, elsewhere), fail({ code: 'entra_nonsense' }), 'no redirect is followed')
})

t.test('nothing but a domain becomes part of the address', async (t) => {
  const finder = createDirectoryFinder({ clouds: microsoftClouds, dispatcher: new MockAgent(), clock })
  for (const domain of [
    '',
    'contoso',
    '../x.example',
    'a.example/..',
    '127.0.0.1',
    'a.example?x',
    'a..example',
  ])
    await t.rejects(finder.find('global', domain), /no domain/, domain)
})
