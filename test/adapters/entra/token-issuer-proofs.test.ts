import t, { type Test } from 'tap'
import { MockAgent } from 'undici'
import { createEntraTokenIssuer } from '../../../src/adapters/entra/token-issuer.ts'
import type { Acquisition } from '../../../src/broker/ports.ts'
import { microsoftClouds } from '../../../src/domain/cloud.ts'
import { fail } from '../../../src/domain/result.ts'
import { manualClock, minute } from '../../broker/fixture.ts'
import { makeCertificate } from '../x509/make-certificate.ts'
import {
  acquisitionWith,
  clientId,
  createRandom,
  directoryId,
  remoteAcquisitionWith,
  secretAcquisition,
} from './acquisition.ts'

const made = await makeCertificate()
const path = `/${directoryId}/oauth2/v2.0/token`
const token = { token_type: 'Bearer', access_token: 'opaque', expires_in: 3599 }
const rejected = { error: 'invalid_client', error_codes: [700027] }

/** `answer` decides on each form that is posted. */
function stage(t: Test, answer: (form: URLSearchParams) => readonly [number, object]) {
  const dispatcher = new MockAgent()
  dispatcher.disableNetConnect()
  t.teardown(() => dispatcher.close())
  const clock = manualClock()
  const faults: object[] = []
  const posted: URLSearchParams[] = []
  dispatcher
    .get('https://login.microsoftonline.com')
    .intercept({ path: (asked) => asked.split('?')[0] === path, method: 'POST' })
    .reply(({ body }) => {
      const form = new URLSearchParams(String(body))
      posted.push(form)
      const [statusCode, data] = answer(form)
      return { statusCode, data: JSON.stringify(data) }
    })
    .persist()
  const options = { clouds: microsoftClouds, dispatcher, clock, random: createRandom() }
  const issuer = createEntraTokenIssuer({ ...options, onFault: (fault) => faults.push(fault) })
  const assertions = () => posted.map((form) => form.get('client_assertion'))
  return { clock, faults, posted, assertions, acquire: (one: Acquisition) => issuer.acquire(one) }
}

t.test('a client secret is posted as such, with no assertion, and never told of', async (t) => {
  const value = 'correct horse battery staple~'
  let status = 200
  const { acquire, posted, faults } = stage(t, () => [status, status === 200 ? token : rejected])
  t.match(await acquire(secretAcquisition(value)), { ok: true, value: { value: 'opaque' } })
  t.match(Object.fromEntries(posted[0] ?? []), {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: value,
  })
  t.notOk(posted[0]?.has('client_assertion') || posted[0]?.has('client_assertion_type'))
  status = 401
  const refused = await acquire(secretAcquisition(value))
  const failure = { code: 'credential_rejected', aadsts: [700027] }
  t.strictSame(refused, fail(failure), 'there is no thumbprint to expect')
  t.equal(posted.length, 2, 'and is not tried again')
  t.equal(faults.length, 1)
  t.notMatch(JSON.stringify(faults), /horse|secret/)
})

t.test('a key in the vault signs once for many tokens of one directory', async (t) => {
  const { acquire, assertions, clock } = stage(t, () => [200, token])
  const { acquisition, signed } = remoteAcquisitionWith(made)
  for (const resource of ['graph', 'outlook', 'graph'] as const)
    t.ok((await acquire({ ...acquisition, target: { ...acquisition.target, resource } })).ok)
  t.equal(signed.count, 1)
  t.equal(new Set(assertions()).size, 1)
  clock.advance(5 * minute)
  t.ok((await acquire(acquisition)).ok)
  t.equal(signed.count, 2)
})

t.test('a server that takes each assertion once is served all the same, from then on at once', async (t) => {
  const seen = new Set<string | null>()
  const { acquire, posted } = stage(t, (form) => {
    const assertion = form.get('client_assertion')
    if (seen.has(assertion)) return [400, { error: 'invalid_request', error_codes: [50027] }]
    seen.add(assertion)
    return [200, token]
  })
  const { acquisition, signed } = remoteAcquisitionWith(made)
  const requests: number[] = []
  for (let count = 0; count < 4; count += 1) {
    t.ok((await acquire(acquisition)).ok)
    requests.push(posted.length)
  }
  t.strictSame(requests, [1, 3, 4, 5], 'one is refused, and none is kept any more')
  t.equal(signed.count, 4)
})

t.test('first acquisitions that come together do not use up each other’s assertions', async (t) => {
  const seen = new Set<string | null>()
  const { acquire } = stage(t, (form) => {
    const assertion = form.get('client_assertion')
    if (seen.has(assertion)) return [400, { error: 'invalid_request', error_codes: [50027] }]
    seen.add(assertion)
    return [200, token]
  })
  const { acquisition } = remoteAcquisitionWith(made)
  const results = await Promise.all(Array.from(Array(20), () => acquire(acquisition)))
  t.ok(results.every(({ ok }) => ok))
})

t.test(
  'a credential that Entra does not take costs one request, signed by the broker or the vault',
  async (t) => {
    const { acquire, posted } = stage(t, () => [401, rejected])
    const { acquisition, signed } = remoteAcquisitionWith(made)
    for (let count = 1; count <= 3; count += 1) {
      t.match(await acquire(acquisition), {
        failure: { code: 'credential_rejected', expectedThumbprint: /^[0-9A-F]{40}$/ },
      })
      t.equal(posted.length, count, 'what was refused at first is not kept to be refused again')
    }
    t.equal(signed.count, 3)
    await acquire(acquisitionWith(made))
    t.equal(posted.length, 4)
  },
)

t.test(
  'a kept assertion that is refused is signed anew once, and what then comes is the answer',
  async (t) => {
    const answers: (readonly [number, object])[] = [
      [200, token],
      [401, rejected],
      [401, rejected],
      [200, token],
    ]
    const { acquire, posted, assertions } = stage(t, () => answers.shift() ?? [200, token])
    const { acquisition } = remoteAcquisitionWith(made)
    t.ok((await acquire(acquisition)).ok)
    t.match(await acquire(acquisition), { failure: { code: 'credential_rejected' } })
    t.equal(posted.length, 3)
    const [first, kept, fresh] = assertions()
    t.equal(kept, first)
    t.not(fresh, first)
    t.ok((await acquire(acquisition)).ok)
    t.ok((await acquire(acquisition)).ok)
    t.equal(posted.length, 5)
    t.equal(assertions()[4], assertions()[3], 'a refusal of both says nothing of how often one is good')
  },
)

t.test(
  'a kept assertion survives an Entra that is away, and is not posted a second time for it',
  async (t) => {
    const answers: (readonly [number, object])[] = [
      [200, token],
      [503, {}],
      [429, {}],
    ]
    const { acquire, posted } = stage(t, () => answers.shift() ?? [200, token])
    const { acquisition, signed } = remoteAcquisitionWith(made)
    await acquire(acquisition)
    t.match(await acquire(acquisition), { failure: { code: 'entra_unavailable' } })
    t.match(await acquire(acquisition), { failure: { code: 'entra_throttled' } })
    t.ok((await acquire(acquisition)).ok)
    t.equal(posted.length, 4)
    t.equal(signed.count, 1)
  },
)

t.test('where the vault cannot sign, that is the failure and nothing is posted', async (t) => {
  const { acquire, posted, faults } = stage(t, () => [200, token])
  const { acquisition } = remoteAcquisitionWith(made)
  const failures = [
    fail({ code: 'key_vault_unavailable', retryAfterSeconds: 5 } as const),
    fail({ code: 'key_vault_denied' } as const),
    fail({ code: 'credential_unreadable', vaultName: 'a-key' } as const),
  ]
  for (const failure of failures) {
    const sign = async () => failure
    t.strictSame(await acquire({ ...acquisition, proof: { kind: 'signature', remote: true, sign } }), failure)
  }
  t.equal(posted.length, 0)
  t.equal(faults.length, 0, 'Entra has nothing to do with it')
})
