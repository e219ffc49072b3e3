import t from 'tap'
import { explainRefusal } from '../../../src/adapters/entra/failures.ts'
import { readRefusal, readTokenReply } from '../../../src/adapters/entra/reply.ts'
import { makeCertificate } from '../x509/make-certificate.ts'
import { credentialOf, keyCredentialOf, secretCredential } from './acquisition.ts'

const certificate = { ...credentialOf(await makeCertificate()), thumbprintSha1: 'AABBCC' }
const now = Date.UTC(2026, 10, 20, 12)
const ids = {
  trace_id: 'a1b2c3d4-0000-4000-8000-000000000001',
  correlation_id: 'd4e5f6a7-0000-4000-8000-000000000002',
}

function explain(status: number, body: unknown, retryAfter?: string) {
  return explainRefusal(readRefusal(status, body, retryAfter, now), certificate)
}

/** Microsoft's codes, with the OAuth error that Entra sends along: what a person has to do about each. */
const table: readonly (readonly [code: string, error: string, status: number, ...numbers: number[]])[] = [
  ['application_not_in_directory', 'unauthorized_client', 400, 700016, 7000229],
  ['application_not_in_directory', 'invalid_grant', 400, 65001, 650056, 90094],
  ['directory_not_found', 'invalid_request', 400, 90002, 900023],
  ['wrong_cloud', 'invalid_request', 400, 90038, 900382, 900432],
  ['resource_not_found', 'invalid_resource', 400, 500011, 500014, 650052],
  ['application_disabled', 'unauthorized_client', 400, 7000112],
  [
    'credential_rejected',
    'invalid_client',
    401,
    700027,
    7000274,
    1000502,
    7000214,
    7000277,
    7000215,
    7000222,
  ],
  ['assertion_expired', 'invalid_client', 401, 700024],
  ['policy_blocked', 'access_denied', 400, 53003, 530032],
  ['entra_throttled', 'invalid_grant', 400, 50196, 90055],
  ['entra_unavailable', 'temporarily_unavailable', 503, 50033, 90006, 90012, 90024, 90033],
]

for (const [code, error, status, ...numbers] of table) {
  t.test(`AADSTS ${numbers.join(', ')}: ${code}`, async (t) => {
    for (const number of numbers) {
      const failure = explain(status, { error, error_codes: [number], ...ids })
      t.match(
        failure,
        {
          code,
          traceId: 'a1b2c3d4-0000-4000-8000-000000000001',
          correlationId: 'd4e5f6a7-0000-4000-8000-000000000002',
        },
        String(number),
      )
      if (code === 'credential_rejected') t.match(failure, { expectedThumbprint: 'AABBCC' })
    }
  })
}

t.test('the thumbprint that Entra should know is told, where there is one', async (t) => {
  const refusal = readRefusal(401, { error: 'invalid_client', error_codes: [7000215] }, undefined, now)
  const key = { ...keyCredentialOf(await makeCertificate()), thumbprintSha1: 'DDEEFF' }
  const rejected = { code: 'credential_rejected', aadsts: [7000215] }
  t.strictSame(explainRefusal(refusal, certificate), { ...rejected, expectedThumbprint: 'AABBCC' })
  t.strictSame(explainRefusal(refusal, key), { ...rejected, expectedThumbprint: 'DDEEFF' })
  t.strictSame(explainRefusal(refusal, secretCredential), rejected)
})

t.test('a request that Entra finds malformed is a fault of the broker', async (t) => {
  for (const number of [1002012, 70011, 700022, 7000218, 7000216, 90014, 900144]) {
    t.throws(
      () => explain(400, { error: 'invalid_request', error_codes: [number] }),
      /malformed/,
      String(number),
    )
  }
})

t.test('without a code that is known, the status and the OAuth error decide', async (t) => {
  const cases: readonly (readonly [number, unknown, string])[] = [
    [401, { error: 'invalid_client', error_codes: [1] }, 'credential_rejected'],
    [400, { error: 'unauthorized_client' }, 'application_not_in_directory'],
    [400, { error: 'invalid_resource' }, 'resource_not_found'],
    [400, { error: 'temporarily_unavailable' }, 'entra_unavailable'],
    [408, undefined, 'entra_unavailable'],
    [500, undefined, 'entra_unavailable'],
    [599, { error: 'invalid_client' }, 'entra_unavailable'],
    [429, { error_codes: [700016] }, 'entra_throttled'],
    [400, undefined, 'entra_nonsense'],
    [302, {}, 'entra_nonsense'],
    [418, { error: 7, error_codes: 'x' }, 'entra_nonsense'],
    [400, { error: 'invalid_grant', error_codes: [999999, 'x', null] }, 'entra_nonsense'],
    [400, { error: 'invalid_grant', error_codes: [999999, 90002] }, 'directory_not_found'],
  ]
  for (const [status, body, code] of cases)
    t.equal(explain(status, body).code, code, JSON.stringify([status, body]))
})

t.test(
  'how long to wait: as Entra says in either form, else a minute or half of one, never more than five',
  async (t) => {
    const seconds = (status: number, header?: string) => {
      const failure = explain(status, undefined, header)
      return 'retryAfterSeconds' in failure ? failure.retryAfterSeconds : undefined
    }
    t.equal(seconds(429), 60)
    t.equal(seconds(503), 30)
    t.equal(seconds(429, '17'), 17)
    t.equal(seconds(503, ' 8 '), 8)
    t.equal(seconds(429, '99999999'), 300)
    t.equal(seconds(429, new Date(now + 90_000).toUTCString()), 90)
    t.equal(seconds(429, new Date(now - 90_000).toUTCString()), 0)
    for (const header of ['', 'soon', '-5', '1e3']) t.equal(seconds(429, header), 60, header)
  },
)

t.test('what is handed on as a reference looks like one', async (t) => {
  for (const bad of ['<b>', 'a b', 'x'.repeat(65), '', 7, null, { a: 1 }]) {
    const failure = explain(500, { trace_id: bad, correlation_id: bad })
    t.notOk('traceId' in failure || 'correlationId' in failure, JSON.stringify(bad))
  }
})

t.test('what is handed on as an AADSTS code is a number of that kind, and there are few', async (t) => {
  const codesOf = (...error_codes: unknown[]) => {
    const failure = explain(500, { error_codes })
    return 'aadsts' in failure ? failure.aadsts : undefined
  }
  t.strictSame(codesOf(90033, 999999), [90033, 999999])
  t.strictSame(codesOf('90033', 1.5, -1, 0, 1e9, null, {}, Number.NaN), undefined)
  t.equal(codesOf(...Array(100).fill(90033))?.length, 8)
})

t.test('a token reply is one only if it has a token and a sensible lifetime', async (t) => {
  const token = { access_token: 'x', expires_in: 3599 }
  t.strictSame(readTokenReply({ ...token, more: 1 }), token)
  t.strictSame(readTokenReply({ ...token, refresh_in: 1800 }), { ...token, refresh_in: 1800 })
  for (const refresh_in of ['1800', 0, -1, null])
    t.strictSame(readTokenReply({ ...token, refresh_in }), token)
  for (const expires_in of [undefined, null, '3599', 0, -1, Number.NaN, 90_001, Number.POSITIVE_INFINITY]) {
    t.equal(readTokenReply({ ...token, expires_in }), undefined, String(expires_in))
  }
  for (const body of [
    undefined,
    null,
    'x',
    [],
    {},
    { access_token: '', expires_in: 1 },
    { access_token: 1, expires_in: 1 },
  ]) {
    t.equal(readTokenReply(body), undefined, JSON.stringify(body))
  }
})
