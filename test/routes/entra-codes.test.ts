import t from 'tap'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { addHolder } from './holder.ts'
import { setStage } from './stage.ts'

const stage = await setStage(t)
const { operator, token, entra, pass, addTenant } = stage

/** What a caller and an operator see of Microsoft's codes, and what they should do. */
interface Row {
  readonly numbers: readonly number[]
  /** As Entra sends them along. */
  readonly error: string
  readonly entraStatus?: number
  readonly status: number
  readonly code: string
  readonly hint: RegExp
  /** Of the diagnosis; its code where that is not the one which callers get. */
  readonly step: string
  readonly diagnosed?: string
  /** Seconds. */
  readonly retryAfter?: number
}

const consent = {
  status: 409,
  code: 'consent_missing',
  hint: /admin_consent_url/,
  step: 'application',
  diagnosed: 'application_not_in_directory',
}
const rejected = {
  error: 'invalid_client',
  entraStatus: 401,
  status: 424,
  code: 'credential_rejected',
  hint: /Upload exactly this certificate.*rotate/,
  step: 'signature',
}
const away = { status: 503, code: 'entra_unavailable', hint: /Retry/, step: 'entra', retryAfter: 30 }

const table: readonly Row[] = [
  { numbers: [700016], error: 'unauthorized_client', ...consent },
  { numbers: [7000229], error: 'invalid_client', entraStatus: 401, ...consent },
  { numbers: [65001, 650056, 90094], error: 'invalid_grant', ...consent },
  {
    numbers: [90002],
    error: 'invalid_request',
    status: 409,
    code: 'directory_not_found',
    hint: /directory_id and cloud/,
    step: 'directory',
  },
  {
    numbers: [90038, 900382, 900432],
    error: 'invalid_request',
    status: 409,
    code: 'wrong_cloud',
    hint: /the cloud that the directory is in/,
    step: 'directory',
  },
  {
    numbers: [500011],
    error: 'invalid_resource',
    status: 409,
    code: 'resource_not_found',
    hint: /enabled there.*cloud/,
    step: 'directory',
  },
  {
    numbers: [7000112],
    error: 'unauthorized_client',
    status: 409,
    code: 'application_disabled',
    hint: /enable it/,
    step: 'application',
  },
  { numbers: [700027, 7000274, 1000502, 7000214, 7000277, 7000215, 7000222], ...rejected },
  {
    numbers: [700024],
    error: 'invalid_client',
    entraStatus: 401,
    status: 424,
    code: 'assertion_expired',
    hint: /clock/,
    step: 'signature',
  },
  {
    numbers: [53003, 530032],
    error: 'access_denied',
    status: 424,
    code: 'policy_blocked',
    hint: /workload policies.*egress/,
    step: 'token',
  },
  {
    numbers: [50196, 90055],
    error: 'invalid_grant',
    status: 503,
    code: 'entra_throttled',
    hint: /Retry/,
    step: 'entra',
    retryAfter: 60,
  },
  {
    numbers: [50033, 90006, 90012, 90024, 90033],
    error: 'temporarily_unavailable',
    entraStatus: 503,
    ...away,
  },
  { numbers: [90006, 90024], error: 'invalid_grant', ...away },
  // A code that is not known: the status and the OAuth error decide, as Microsoft advises.
  { numbers: [987654], error: 'server_error', entraStatus: 500, ...away },
  { numbers: [987654], ...rejected },
  { numbers: [987654], error: 'unauthorized_client', ...consent },
  {
    numbers: [987654],
    error: 'invalid_resource',
    status: 409,
    code: 'resource_not_found',
    hint: /enabled there/,
    step: 'directory',
  },
  {
    numbers: [987654],
    error: 'invalid_grant',
    status: 502,
    code: 'entra_nonsense',
    hint: /proxy/,
    step: 'entra',
  },
]

/** A tenant of whose directory Entra answers this. */
async function addFailing(id: string, number: number, error: string, status = 400) {
  const directory = await addTenant(id, { roles: ['Mail.Read'] })
  const body = { error, error_description: `AADSTS${number}: text`, error_codes: [number] }
  await entra('POST', '/_sandbox/faults', { match: `POST /${directory}/`, status, body })
}

for (const [index, row] of table.entries()) {
  const { numbers, error, entraStatus, status, code, hint, step, diagnosed = code, retryAfter } = row
  t.test(`AADSTS ${numbers.join(', ')}, ${error}: ${status} ${code}`, async (t) => {
    for (const number of numbers) {
      // Five failures within half a minute would have Entra left alone.
      await pass(31)
      const id = `row-${index}-${number}`
      await addFailing(id, number, error, entraStatus)
      const reply = await token(id)
      expectProblem(t, reply, { status, code }, String(number))
      t.match(reply.body['hint'], hint, String(number))
      t.equal(reply.headers['retry-after'], retryAfter?.toString(), String(number))
      const { body } = await operator('POST', `/tenants/${id}/diagnosis`)
      t.match(
        items(body['applications']),
        [{ broken_step: step, failure: { code: diagnosed, aadsts: [number], hint: /\w/ } }],
        String(number),
      )
      const shown = await operator('GET', `/tenants/${id}`)
      const [found = {}] = items(shown.body['consents'])
      t.match(members(found['last_failure']), { code: diagnosed, aadsts: [number] }, String(number))
      await entra('DELETE', '/_sandbox/faults')
    }
  })
}

t.test('a request that Entra finds malformed is a fault of the broker', async (t) => {
  for (const number of [1002012, 70011, 700022, 7000218]) {
    const id = `malformed-${number}`
    await addFailing(id, number, 'invalid_scope')
    expectProblem(t, await token(id), { status: 500, code: 'internal_error' }, String(number))
    const diagnosed = await operator('POST', `/tenants/${id}/diagnosis`)
    expectProblem(t, diagnosed, { status: 500, code: 'internal_error' }, String(number))
    await entra('DELETE', '/_sandbox/faults')
  }
})

t.test('a client secret that Entra refuses has a hint of its own', async (t) => {
  const holder = await addHolder(stage, 'secretive')
  const expires_at = new Date(Date.now() + 86_400_000).toISOString()
  const { body } = await holder.add({ type: 'client_secret', value: 'never~shown', expires_at })
  t.equal((await holder.change(body['id'], { state: 'active', verify: false })).status, 200)
  for (const error_codes of [[7000215], [7000222]]) {
    const answer = { error: 'invalid_client', error_codes }
    await entra('POST', '/_sandbox/faults', { match: '/oauth2/v2.0/token', status: 401, body: answer })
    const diagnosed = await operator('POST', '/tenants/secretive/diagnosis')
    const [{ failure } = {}] = items(diagnosed.body['applications'])
    t.match(failure, { code: 'credential_rejected', hint: /value, not its id.*Prefer a certificate/ })
    t.notMatch(JSON.stringify(diagnosed.body), /never~shown|expected_thumbprint/)
    const reply = await holder.token()
    expectProblem(t, reply, { status: 424, code: 'credential_rejected' })
    t.match(reply.body['hint'], /value, not its id.*Prefer a certificate/)
    await entra('DELETE', '/_sandbox/faults')
  }
})
