import t from 'tap'
import { expectProblem } from '../http/expect-problem.ts'
import { members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'

const { operator, token, entra, pass, addTenant } = await setStage(t)

interface FaultCase {
  readonly name: string
  /** What Entra answers, as its `/_sandbox/faults` takes it. */
  readonly fault: object
  readonly status: number
  readonly code: string
  readonly retryAfter?: number | undefined
  readonly hint?: RegExp
  readonly more?: object
  /** Calls to Entra that the request may cost. */
  readonly calls?: number
}

/** Five failures within half a minute would have Entra left alone. */
const betweenFailures = () => pass(31)

const canary = 'never-hand-this-on'
const ids = {
  trace_id: '6ba7b814-9dad-41d1-80b4-00c04fd430c8',
  correlation_id: '6ba7b815-9dad-41d1-80b4-00c04fd430c8',
}

function aadsts(code: number, error: string, status = 400) {
  const error_description = `AADSTS${code}: ${canary} <script>alert(1)</script>`
  return { status, body: { error, error_description, error_codes: [code], ...ids } }
}

const throttled = { status: 503, code: 'entra_throttled', hint: /Retry/ }
const away = { status: 503, code: 'entra_unavailable', retryAfter: 30, hint: /Retry/ }
const nonsense = { status: 502, code: 'entra_nonsense', hint: /proxy/ }
const rejected = { status: 424, code: 'credential_rejected', hint: /Upload/ }
const token1 = { access_token: canary, token_type: 'Bearer' }

const cases: readonly FaultCase[] = [
  {
    name: '429 with Retry-After',
    fault: { status: 429, headers: { 'retry-after': '45' } },
    ...throttled,
    retryAfter: 45,
  },
  { name: '429 without', fault: { status: 429, body: '' }, ...throttled, retryAfter: 60 },
  { name: 'a 50196 loop', fault: aadsts(50196, 'invalid_grant'), ...throttled, retryAfter: 60, more: ids },
  { name: '500 without a body', fault: { status: 500, body: '' }, ...away },
  { name: '500 {}', fault: { status: 500, body: {} }, ...away },
  {
    name: '503 with Retry-After',
    fault: { status: 503, headers: { 'retry-after': '90' } },
    ...away,
    retryAfter: 90,
  },
  { name: '502 in HTML', fault: { status: 502, body: `<h1>${canary}</h1>` }, ...away },
  {
    name: 'temporarily_unavailable',
    fault: aadsts(90033, 'temporarily_unavailable', 503),
    ...away,
    more: ids,
  },
  { name: 'a cut connection', fault: { reset: true }, ...away },
  { name: '200 {}', fault: { status: 200, body: {} }, ...nonsense },
  { name: '200 in HTML', fault: { status: 200, body: `<h1>${canary}</h1>` }, ...nonsense },
  { name: '200 with a list', fault: { status: 200, body: [token1] }, ...nonsense },
  { name: 'a token without expires_in', fault: { status: 200, body: token1 }, ...nonsense },
  {
    name: 'a token that has expired',
    fault: { status: 200, body: { ...token1, expires_in: 0 } },
    ...nonsense,
  },
  { name: 'a token for ever', fault: { status: 200, body: { ...token1, expires_in: 1e9 } }, ...nonsense },
  {
    name: 'expires_in in words',
    fault: { status: 200, body: { ...token1, expires_in: 'soon' } },
    ...nonsense,
  },
  {
    name: 'an empty token',
    fault: { status: 200, body: { access_token: '', expires_in: 3599 } },
    ...nonsense,
  },
  {
    name: '100 KB',
    fault: { status: 200, body: { ...token1, expires_in: 3599, pad: 'x'.repeat(1e5) } },
    ...nonsense,
  },
  { name: 'a redirect', fault: { status: 307, headers: { location: 'https://localhost:1/' } }, ...nonsense },
  { name: '404 without a body', fault: { status: 404, body: '' }, ...nonsense },
  { name: 'an unknown code', fault: aadsts(999999, 'invalid_grant'), ...nonsense, more: ids },
  { name: 'a wrong signature', fault: aadsts(700027, 'invalid_client', 401), ...rejected, more: ids },
  { name: 'an expired certificate', fault: aadsts(1000502, 'invalid_client', 401), ...rejected, more: ids },
  { name: 'an unknown invalid_client', fault: aadsts(999999, 'invalid_client', 401), ...rejected, more: ids },
  {
    name: 'clock skew',
    fault: aadsts(700024, 'invalid_client', 401),
    status: 424,
    code: 'assertion_expired',
    hint: /clock/,
    calls: 2,
  },
  {
    name: 'a policy',
    fault: aadsts(53003, 'access_denied'),
    status: 424,
    code: 'policy_blocked',
    hint: /polic/,
  },
  {
    name: 'no such directory',
    fault: aadsts(90002, 'invalid_request'),
    status: 409,
    code: 'directory_not_found',
    hint: /directory_id/,
  },
  {
    name: 'another cloud',
    fault: aadsts(900382, 'invalid_request'),
    status: 409,
    code: 'wrong_cloud',
    hint: /cloud/,
  },
  {
    name: 'no such resource',
    fault: aadsts(500011, 'invalid_resource'),
    status: 409,
    code: 'resource_not_found',
    hint: /enabled/,
  },
  {
    name: 'a disabled application',
    fault: aadsts(7000112, 'unauthorized_client'),
    status: 409,
    code: 'application_disabled',
    hint: /enable/,
  },
  {
    name: 'no consent',
    fault: aadsts(65001, 'invalid_grant'),
    status: 409,
    code: 'consent_missing',
    hint: /admin_consent_url/,
  },
  {
    name: 'a malformed request',
    fault: aadsts(1002012, 'invalid_scope'),
    status: 500,
    code: 'internal_error',
    hint: /instance/,
  },
]

for (const [
  index,
  { name, fault, status, code, retryAfter, hint, more = {}, calls = 1 },
] of cases.entries()) {
  t.test(`Entra answers ${name}: ${status} ${code}`, async (t) => {
    await betweenFailures()
    const id = `fault-${index}`
    const path = `/${await addTenant(id, { roles: ['Mail.Read'] })}/oauth2/v2.0/token`
    await entra('POST', '/_sandbox/faults', { match: `POST ${path}`, ...fault })
    const reply = await token(id)
    expectProblem(t, reply, { status, code })
    t.equal(reply.headers['retry-after'], retryAfter?.toString())
    t.match(reply.body['hint'], hint)
    t.match(reply.body, more)
    t.notMatch(JSON.stringify(reply.body), canary, 'nothing of what Entra wrote in free text')
    if (code === 'credential_rejected') t.match(reply.body['expected_thumbprint'], /^[0-9A-F]{40}$/)

    await entra('DELETE', '/_sandbox/faults')
    if (status !== 500) {
      const remembered = await token(id)
      t.same([remembered.status, remembered.body['code']], [status, code], 'the same for a while')
    }
    const { body } = await entra('GET', '/_sandbox/requests')
    t.equal(members(body['by_route'])[`POST ${path}`], calls, 'and no further call to Entra')
  })
}

t.test('whoever waits as long as Retry-After says is served', async (t) => {
  const faults = [
    { status: 429, headers: { 'retry-after': '7' } },
    { status: 429, headers: { 'retry-after': new Date(Date.now() + 20_000).toUTCString() } },
    { status: 500, body: '' },
    { reset: true },
  ]
  for (const [index, fault] of faults.entries()) {
    const path = `/${await addTenant(`wait-${index}`, { roles: ['Mail.Read'] })}/oauth2/v2.0/token`
    await entra('POST', '/_sandbox/faults', { match: `POST ${path}`, times: 1, ...fault })
    const reply = await token(`wait-${index}`)
    t.equal(reply.status, 503)
    await pass(Number(reply.headers['retry-after']))
    t.equal((await token(`wait-${index}`)).status, 200, JSON.stringify(fault))
  }
})

t.test('a slow Entra only takes longer', async (t) => {
  const path = `/${await addTenant('slow', { roles: ['Mail.Read'] })}/oauth2/v2.0/token`
  await entra('POST', '/_sandbox/faults', { match: `POST ${path}`, delay_ms: 300, times: 1 })
  t.equal((await token('slow')).status, 200)
})

t.test('a token is served as long as it is valid, whatever has become of Entra', async (t) => {
  const directory = await addTenant('held', { roles: ['Mail.Read'] })
  const held = await token('held')
  t.equal(held.status, 200)
  await entra('POST', '/_sandbox/faults', { match: `POST /${directory}`, reset: true })
  for (const seconds of [1790, 600, 600, 500]) {
    await pass(seconds)
    const reply = await token('held', { minimum_validity_seconds: 3000 })
    t.equal(reply.status, 200)
    t.equal(reply.body['access_token'], held.body['access_token'])
    t.match(reply.headers['cache-status'], /hit/)
  }
  await pass(60)
  expectProblem(
    t,
    await token('held'),
    { status: 503, code: 'entra_unavailable' },
    'less than a minute is left',
  )
  await entra('DELETE', '/_sandbox/faults')
  await pass(31)
  t.equal((await token('held')).status, 200)
})

t.test('a token is renewed behind the answers once half its life has passed', async (t) => {
  const directory = await addTenant('renewed', { roles: ['Mail.Read'] })
  const first = await token('renewed')
  await pass(1900)
  const second = await token('renewed')
  t.equal(second.body['access_token'], first.body['access_token'], 'nobody waits')
  t.match(second.headers['cache-status'], /hit/)
  await operator('GET', '/callers')
  const route = `POST /${directory}/oauth2/v2.0/token`
  let renewed = await token('renewed')
  for (
    let tries = 0;
    renewed.body['access_token'] === first.body['access_token'] && tries < 200;
    tries += 1
  ) {
    renewed = await token('renewed')
  }
  t.not(renewed.body['access_token'], first.body['access_token'])
  const { body } = await entra('GET', '/_sandbox/requests')
  t.equal(members(body['by_route'])[route], 2, 'by one request')
})
