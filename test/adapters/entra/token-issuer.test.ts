import t, { type Test } from 'tap'
import { MockAgent } from 'undici'
import { createEntraTokenIssuer } from '../../../src/adapters/entra/token-issuer.ts'
import { microsoftClouds } from '../../../src/domain/cloud.ts'
import { makeCertificate } from '../x509/make-certificate.ts'
import { acquisitionWith, clientId, clock, createRandom, directoryId } from './acquisition.ts'

const made = await makeCertificate()
const traceId = 'a1b2c3d4-0000-4000-8000-000000000001'
const path = `/${directoryId}/oauth2/v2.0/token`

function stage(t: Test, fraction = 0) {
  const agent = new MockAgent()
  agent.disableNetConnect()
  t.teardown(() => agent.close())
  const faults: object[] = []
  const options = { clouds: microsoftClouds, dispatcher: agent, clock, random: createRandom(fraction) }
  const issuer = createEntraTokenIssuer({ ...options, onFault: (fault) => faults.push(fault) })
  const posted: URLSearchParams[] = []
  const answer = (status: number, body: object, authority = 'https://login.microsoftonline.com') =>
    agent
      .get(authority)
      .intercept({ path: (asked) => asked.split('?')[0] === path, method: 'POST' })
      .reply(status, ({ body: form }) => {
        posted.push(new URLSearchParams(String(form)))
        return body
      })
  return { issuer, answer, posted, faults }
}

t.test('one request asks for everything that a directory granted on one resource', async (t) => {
  const { issuer, answer, posted } = stage(t)
  answer(200, { token_type: 'Bearer', access_token: 'opaque', expires_in: 3599 })
  const result = await issuer.acquire(acquisitionWith(made))
  t.match(result, { ok: true, value: { value: 'opaque', roles: undefined } })
  t.equal(posted.length, 1)
  t.match(Object.fromEntries(posted[0] ?? []), {
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: /(^| )https:\/\/graph\.microsoft\.com\/\.default( |$)/,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: /^eyJ/,
  })
})

t.test('an acquisition remembers nothing for the next one', async (t) => {
  const { issuer, answer, posted } = stage(t)
  for (const access_token of ['one', 'two']) answer(200, { access_token, expires_in: 3599 })
  t.match(await issuer.acquire(acquisitionWith(made)), { value: { value: 'one' } })
  t.match(await issuer.acquire(acquisitionWith(made)), { value: { value: 'two' } })
  answer(429, {})
  answer(200, { access_token: 'three', expires_in: 3599 })
  t.match(await issuer.acquire(acquisitionWith(made)), { failure: { code: 'entra_throttled' } })
  t.match(
    await issuer.acquire(acquisitionWith(made)),
    { value: { value: 'three' } },
    'not even that it was throttled',
  )
  t.equal(new Set(posted.map((form) => form.get('client_assertion'))).size, 4)
})

t.test('what cannot be sent as a bearer token is no token (RFC 6750 §2.1)', async (t) => {
  const { issuer, answer } = stage(t)
  for (const access_token of ['', 'a"b', 'two words', 'line\nline', 'é', '\u0000', 'a=b']) {
    answer(200, { access_token, expires_in: 3599 })
    const result = await issuer.acquire(acquisitionWith(made))
    t.strictSame(result, { ok: false, failure: { code: 'entra_nonsense' } }, JSON.stringify(access_token))
  }
  answer(200, { access_token: 'Az09-._~+/==', expires_in: 3599 })
  t.match(await issuer.acquire(acquisitionWith(made)), { value: { value: 'Az09-._~+/==' } })
})

t.test('a token is due when Entra says, else at half its life, and a little earlier at random', async (t) => {
  const cases = [
    { fraction: 0, reply: { expires_in: 3600 }, due: 1800 },
    { fraction: 0.5, reply: { expires_in: 3600 }, due: 1710 },
    { fraction: 0.999_999, reply: { expires_in: 3600 }, due: 1620 },
    { fraction: 0, reply: { expires_in: 86_399, refresh_in: 43_199 }, due: 43_199 },
    { fraction: 0, reply: { expires_in: 3600, refresh_in: 600 }, due: 600 },
  ]
  for (const { fraction, reply, due } of cases) {
    const { issuer, answer } = stage(t, fraction)
    answer(200, { access_token: 'x', ...reply })
    const result = await issuer.acquire(acquisitionWith(made))
    if (!result.ok) return t.fail(result.failure.code)
    const { issuedAt, expiresAt, refreshAt, expiresAtUnix } = result.value
    t.equal(issuedAt, clock.monotonic())
    t.equal(expiresAt, issuedAt + reply.expires_in * 1000)
    t.equal(Math.round((refreshAt - issuedAt) / 1000), due)
    t.equal(expiresAtUnix, 1_795_000_000 + reply.expires_in)
  }
})

t.test('each cloud is asked at its own address for its own resource', async (t) => {
  const expected = {
    usgov: ['https://login.microsoftonline.us', 'https://graph.microsoft.us/.default'],
    dod: ['https://login.microsoftonline.us', 'https://dod-graph.microsoft.us/.default'],
    china: ['https://login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn/.default'],
  }
  for (const cloud of ['usgov', 'dod', 'china'] as const) {
    const { issuer, answer, posted } = stage(t)
    const [authority, scope] = expected[cloud]
    answer(200, { access_token: 'x', expires_in: 3599 }, authority)
    const acquisition = acquisitionWith(made)
    const result = await issuer.acquire({ ...acquisition, target: { ...acquisition.target, cloud } })
    t.equal(result.ok, true, cloud)
    t.ok(posted[0]?.get('scope')?.split(' ').includes(String(scope)))
    const [, claims = ''] = String(posted[0]?.get('client_assertion')).split('.')
    const { aud } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    t.equal(aud, `${authority}${path}`, 'and the assertion is for that address alone')
  }
})

t.test('why there is no token is told in words that may be logged', async (t) => {
  const { issuer, answer, faults } = stage(t)
  const free = { error_description: 'free text', claims: 'free text' }
  answer(400, { error: 'unauthorized_client', error_codes: [700016], trace_id: traceId, ...free })
  await issuer.acquire(acquisitionWith(made))
  answer(200, free)
  await issuer.acquire(acquisitionWith(made))
  t.match(faults, [
    { directory_id: directoryId, client_id: clientId, kind: 'refused', codes: [700016], trace_id: traceId },
    { kind: 'nonsense', status: 200 },
  ])
  t.notMatch(JSON.stringify(faults), /free text|assertion/)
})

t.test(
  'a request that Entra finds malformed, and a key that cannot sign, are faults of the broker',
  async (t) => {
    const { issuer, answer } = stage(t)
    answer(400, { error: 'invalid_scope', error_codes: [70011] })
    await t.rejects(issuer.acquire(acquisitionWith(made)), /malformed/)
    const sign = () => Promise.reject(new Error('no key'))
    const proof = { kind: 'signature', remote: false, sign } as const
    await t.rejects(issuer.acquire({ ...acquisitionWith(made), proof }), /no key/)
  },
)
