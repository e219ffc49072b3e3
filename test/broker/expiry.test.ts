import t from 'tap'
import { credentialExpiries, expiryWarnings, thresholdOf } from '../../src/broker/expiry.ts'
import type { CredentialState } from '../../src/domain/credential.ts'
import { hour } from './fixture.ts'
import { applicationRecord, credentialRecord } from './records.ts'

const now = Date.parse('2026-11-20T12:00:00.000Z')
const day = 24 * hour

const expiring = (id: string, days: number, state: CredentialState = 'active') =>
  credentialRecord(id, { state, expiresAt: new Date(now + days * day).toISOString() })

/** What is left of active credentials that expire in so many days. */
const left = (...days: readonly number[]) => {
  const credentials = days.map((count, index) => expiring(`mail-${index}`, count))
  return credentialExpiries([applicationRecord('mail', [], { credentials })], now)
}

t.test('A threshold is passed when that many days are left, to the millisecond', async (t) => {
  const moment = 1 / day
  for (const [days, threshold] of [
    [400, undefined],
    [30 + moment, undefined],
    [30, 30],
    [14 + moment, 30],
    [14, 14],
    [7 + moment, 14],
    [7, 7],
    [1 + moment, 7],
    [1, 1],
    [moment, 1],
    [0, 0],
    [-400, 0],
  ] as const) {
    t.equal(thresholdOf({ days }), threshold, `${days} days`)
  }
})

t.test('Only credentials that sign are counted, of whatever kind', async (t) => {
  const { activatedAt: _, ...secret } = expiring('secret', 3)
  const credentials = [
    expiring('pending', 3, 'pending'),
    expiring('active', 4),
    expiring('retired', 3, 'retired'),
    { ...secret, type: 'client_secret', source: 'value' } as const,
  ]
  const applications = [
    applicationRecord('empty'),
    applicationRecord('mail', [], { credentials }),
    applicationRecord('files', [], { credentials: [expiring('other', -1)] }),
  ]
  t.match(credentialExpiries(applications, now), [
    { application: { id: 'mail' }, credential: { id: 'active' }, days: 4 },
    { application: { id: 'mail' }, credential: { id: 'secret' }, days: 3 },
    { application: { id: 'files' }, credential: { id: 'other' }, days: -1 },
  ])
})

t.test('While there is time, nothing is said', async (t) => {
  t.strictSame(expiryWarnings([]), [])
  t.strictSame(expiryWarnings(left(31, 365)), [])
})

t.test('What runs out is told by its nearest threshold and once, the farthest first', async (t) => {
  t.strictSame(expiryWarnings(left(31, 20, 10, 5, 0.5, -3)), [
    '1 credential expires within 30 days',
    '1 credential expires within 14 days',
    '1 credential expires within 7 days',
    '1 credential expires within a day',
    '1 credential has expired',
  ])
})

t.test('Several are counted', async (t) => {
  t.strictSame(expiryWarnings(left(20, 21, 22, 0.5, 0.6, -1, -2)), [
    '3 credentials expire within 30 days',
    '2 credentials expire within a day',
    '2 credentials have expired',
  ])
})

t.test('A warning names neither an application nor a credential', async (t) => {
  t.notMatch(expiryWarnings(left(20, 5, -1)).join(), /mail/)
})
