import fc from 'fast-check'
import t from 'tap'
import { deriveKeys } from '../../src/broker/broker-secret.ts'
import { createConsentTickets } from '../../src/broker/consent-ticket.ts'
import { guid, hour, manualClock } from './fixture.ts'

const day = 24 * hour
const [current, previous] = deriveKeys(
  { current: Buffer.alloc(32, 1), previous: Buffer.alloc(32, 2) },
  'consent-ticket',
)
const keys = [current, previous].filter((key) => key !== undefined)
const ticket = { tenantUid: guid('tenant'), applicationUid: guid('application'), tenantEpoch: 17 }

t.test('A link says again what it was made for, and needs no escaping in a path', async (t) => {
  const tickets = createConsentTickets(keys, manualClock().now)
  const text = tickets.issue(ticket)
  t.match(text, /^[A-Za-z0-9_.-]+$/)
  t.equal(encodeURIComponent(text), text)
  t.strictSame(tickets.read(text), ticket)
  t.strictSame(tickets.read(text), ticket, 'as often as it is opened')
})

t.test('The same link is shown all day long, and another one the next day', async (t) => {
  const clock = manualClock('2026-11-20T00:00:00.000Z')
  const tickets = createConsentTickets(keys, clock.now)
  const first = tickets.issue(ticket)
  clock.advance(day - 1)
  t.equal(tickets.issue(ticket), first)
  clock.advance(1)
  t.not(tickets.issue(ticket), first)
})

t.test('A link works for seven days at least and eight at most', async (t) => {
  for (const [madeAt, worksFor] of [
    ['2026-11-20T00:00:00.000Z', 8 * day],
    ['2026-11-20T23:59:59.000Z', 7 * day + 1_000],
  ] as const) {
    const clock = manualClock(madeAt)
    const tickets = createConsentTickets(keys, clock.now)
    const text = tickets.issue(ticket)
    clock.advance(worksFor - 1)
    t.strictSame(tickets.read(text), ticket)
    clock.advance(1)
    t.equal(tickets.read(text), undefined)
  }
})

t.test('Links made with the previous secret still work, those of any other do not', async (t) => {
  const { now } = manualClock()
  const before = createConsentTickets(keys.slice(1), now).issue(ticket)
  t.strictSame(createConsentTickets(keys, now).read(before), ticket)
  t.equal(createConsentTickets(keys.slice(0, 1), now).read(before), undefined)
  t.equal(createConsentTickets([], now).read(before), undefined)
  const [otherPurpose] = deriveKeys({ current: Buffer.alloc(32, 1) }, 'page-token')
  const foreign = createConsentTickets(otherPurpose === undefined ? [] : [otherPurpose], now).issue(ticket)
  t.equal(createConsentTickets(keys, now).read(foreign), undefined)
})

t.test('What is made now is made with the current secret', async (t) => {
  const { now } = manualClock()
  const text = createConsentTickets(keys, now).issue(ticket)
  t.strictSame(createConsentTickets(keys.slice(0, 1), now).read(text), ticket)
  t.equal(createConsentTickets(keys.slice(1), now).read(text), undefined)
})

t.test('Whoever changes anything in a link has none', async (t) => {
  const tickets = createConsentTickets(keys, manualClock().now)
  const parts = tickets.issue(ticket).split('.')
  const [, , , expires = ''] = parts
  const forged = [
    [guid('another tenant'), ...parts.slice(1)],
    [parts[0], guid('another application'), ...parts.slice(2)],
    [...parts.slice(0, 2), '18', ...parts.slice(3)],
    [...parts.slice(0, 3), String(Number(expires) + 86_400), ...parts.slice(4)],
    [...parts.slice(0, 4), Buffer.alloc(32).toString('base64url')],
    [...parts.slice(0, 4), parts[4]?.slice(0, -4)],
    [...parts.slice(0, 4), ''],
    parts.slice(0, 4),
    [...parts, ''],
    [parts[1], parts[0], ...parts.slice(2)],
  ]
  for (const text of forged) t.equal(tickets.read(text.join('.')), undefined, text.join('.'))
})

t.test('No text that somebody made up is a link, and none makes the broker stumble', async (t) => {
  const tickets = createConsentTickets(keys, manualClock().now)
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.oneof(fc.string(), fc.constant(guid('tenant'))), { maxLength: 6 })
      .map((parts) => parts.join('.')),
  )
  t.notOk(
    fc.check(
      fc.property(text, (made) => tickets.read(made) === undefined),
      { numRuns: 2_000 },
    ).failed,
  )
})

t.test('Without a key no link is made: that is a fault of the broker', async (t) => {
  t.throws(() => createConsentTickets([], manualClock().now).issue(ticket), /no key/)
})
