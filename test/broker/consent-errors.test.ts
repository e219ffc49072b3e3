import fc from 'fast-check'
import t from 'tap'
import { readConsentError } from '../../src/broker/consent-errors.ts'

t.test('Each answer that Microsoft is known to give is told for what it is', async (t) => {
  const cases = [
    ['cancelled', { error: 'access_denied', errorSubcode: 'cancel' }],
    ['cancelled', { error: 'access_denied', errorDescription: 'AADSTS65004: User declined to consent' }],
    ['cancelled', { error: 'consent_required', errorDescription: 'AADSTS65004: The resource owner' }],
    ['cancelled', { error: 'permission_denied', errorDescription: 'The admin canceled the request' }],
    ['not_administrator', { error: 'access_denied', errorDescription: 'AADSTS90094: App needs permission' }],
    ['not_administrator', { error: 'consent_required' }],
    ['not_administrator', { error: 'invalid_request', errorDescription: 'AADSTS65001: The user' }],
    ['wrong_directory', { error: 'access_denied', errorDescription: "AADSTS50020: User account '{Hidden}'" }],
    ['microsoft_unavailable', { error: 'server_error' }],
    [
      'microsoft_unavailable',
      { error: 'temporarily_unavailable', errorDescription: 'AADSTS90033: transient' },
    ],
    ['microsoft_refused', { error: 'invalid_grant', errorDescription: 'AADSTS50097: Device authentication' }],
    ['microsoft_refused', { error: 'invalid_client', errorDescription: 'AADSTS650052: ...' }],
    ['microsoft_refused', { error: 'access_denied' }],
    ['microsoft_refused', { error: '' }],
  ] as const
  for (const [kind, reply] of cases) t.equal(readConsentError(reply).kind, kind, JSON.stringify(reply))
})

t.test('Of what Microsoft says, nothing but a number is kept', async (t) => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('AADSTS65004'))
  const property = fc.property(text, text, text, (error, errorSubcode, errorDescription) => {
    const { kind, aadsts, ...more } = readConsentError({ error, errorSubcode, errorDescription })
    return /^[a-z_]+$/.test(kind) && (aadsts === undefined || aadsts < 1e7) && Object.keys(more).length === 0
  })
  t.notOk(fc.check(property, { numRuns: 1_000 }).failed)
})
