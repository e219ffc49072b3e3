import t, { type Test } from 'tap'
import type { MintFailure } from '../../src/domain/failure.ts'
import { unavailable } from './cache-stage.ts'
import { type Issuing, openIssuing, told } from './issuing.ts'
import { addApplication, addCaller, addTenant } from './world.ts'

const declared = ['Mail.Read', 'Mail.Send', 'Calendars.Read']

/** Three applications that could serve `Mail.Read`, the narrowest first: `a`, `b`, `c`. */
async function openThree(test: Test): Promise<Issuing> {
  const issuing = await openIssuing(test)
  for (const [index, id] of ['a', 'b', 'c'].entries()) {
    await addApplication(issuing, id, declared.slice(0, index + 1))
  }
  await addTenant(issuing, 'contoso', ['a', 'b', 'c'])
  await addCaller(issuing, 'orders', [{ permissions: declared }])
  return issuing
}

function tried(issuing: Issuing): string[] {
  return issuing.entra.calls.map(({ asked }) => asked.credential.id.slice(0, 1))
}

t.test('The narrowest application that covers serves', async (t) => {
  const issuing = await openThree(t)
  const waiting = issuing.ask()
  await issuing.give({ value: 'A' })
  t.equal(told(await waiting), 'mint a A')
  t.strictSame(tried(issuing), ['a'])
})

t.test('An application that is not in the directory lets one more be tried', async (t) => {
  const issuing = await openThree(t)
  const waiting = issuing.ask()
  await issuing.refuse({ code: 'application_not_in_directory' })
  await issuing.give({ value: 'B', roles: ['Mail.Read'] })
  t.match(told(await waiting), / b B$/)
  t.strictSame(tried(issuing), ['a', 'b'])
})

t.test('A token that lacks a role lets one more be tried', async (t) => {
  const issuing = await openThree(t)
  const waiting = issuing.ask()
  await issuing.give({ roles: [] })
  await issuing.give({ value: 'B', roles: ['Mail.Read'] })
  t.match(told(await waiting), / b B$/)
})

t.test('Two are tried and never three; consent is asked for the first', async (t) => {
  const issuing = await openThree(t)
  const waiting = issuing.ask()
  await issuing.refuse({ code: 'application_not_in_directory', traceId: 'trace-a', correlationId: 'corr-a' })
  await issuing.refuse({ code: 'application_not_in_directory', traceId: 'trace-b' })
  t.strictSame(await waiting, {
    ok: false,
    failure: {
      code: 'consent_missing',
      tenant: 'contoso',
      application: 'a',
      permissions: ['Mail.Read'],
      adminConsentUrl: 'https://broker.example/consent/contoso/a',
      traceId: 'trace-a',
      correlationId: 'corr-a',
    },
  })
  t.strictSame(tried(issuing), ['a', 'b'])
})

t.test('Without a reference of Microsoft none is made up', async (t) => {
  const issuing = await openThree(t)
  const waiting = issuing.ask()
  await issuing.refuse({ code: 'application_not_in_directory' })
  await issuing.refuse({ code: 'application_not_in_directory', traceId: 'trace-b' })
  const answer = await waiting
  t.match(answer, { failure: { code: 'consent_missing', application: 'a' } })
  t.notOk(!answer.ok && ('traceId' in answer.failure || 'correlationId' in answer.failure))
})

t.test('A token that lacks roles says more than an application that is absent', async (t) => {
  const issuing = await openThree(t)
  const waiting = issuing.ask()
  await issuing.refuse({ code: 'application_not_in_directory', traceId: 'trace-a' })
  await issuing.give({ roles: ['Calendars.Read'] })
  const answer = await waiting
  t.match(answer, { failure: { code: 'consent_missing', application: 'b', permissions: ['Mail.Read'] } })
  t.notMatch(answer, { failure: { traceId: String } }, 'that was about the other application')
})

t.test('No broader application stands in for a narrow one that failed otherwise', async (t) => {
  const failures: readonly MintFailure[] = [
    { code: 'credential_rejected', expectedThumbprint: 'AA' },
    { code: 'credential_unreadable', vaultName: 'gtb-a' },
    { code: 'application_disabled' },
    { code: 'directory_not_found' },
    { code: 'policy_blocked' },
    { code: 'wrong_cloud' },
    { code: 'resource_not_found' },
    { code: 'entra_nonsense' },
    { code: 'entra_throttled', retryAfterSeconds: 7 },
    unavailable,
    { code: 'key_vault_unavailable', retryAfterSeconds: 5 },
    { code: 'key_vault_denied' },
  ]
  for (const failure of failures) {
    const issuing = await openThree(t)
    const waiting = issuing.ask()
    await issuing.refuse(failure)
    t.strictSame(await waiting, { ok: false, failure })
    t.strictSame(tried(issuing), ['a'], failure.code)
  }
})

t.test('An application without an active credential is not stood in for either', async (t) => {
  const issuing = await openIssuing(t)
  await addApplication(issuing, 'a', ['Mail.Read'], ['pending', 'retired'])
  await addApplication(issuing, 'b', declared)
  await addTenant(issuing, 'contoso', ['a', 'b'])
  await addCaller(issuing, 'orders', [{ permissions: declared }])
  t.strictSame(await issuing.ask(), { ok: false, failure: { code: 'credential_missing', application: 'a' } })
  t.equal(issuing.entra.calls.length, 0)
})

t.test('A second application whose own failure is another one has the last word', async (t) => {
  const issuing = await openThree(t)
  const waiting = issuing.ask()
  await issuing.refuse({ code: 'application_not_in_directory' })
  await issuing.refuse(unavailable)
  t.equal(told(await waiting), 'entra_unavailable')
})

t.test('Where the tenant only warns, a token that covers is preferred to one that lacks roles', async (t) => {
  const issuing = await openIssuing(t)
  await addApplication(issuing, 'a', ['Mail.Read'])
  await addApplication(issuing, 'b', ['Mail.Read', 'Mail.Send'])
  await addTenant(issuing, 'contoso', ['a', 'b'], { role_check: 'warn' })
  await addCaller(issuing, 'orders', [{ permissions: declared }])
  const waiting = issuing.ask()
  await issuing.give({ roles: [] })
  await issuing.give({ value: 'B', roles: ['Mail.Read'] })
  t.match(told(await waiting), / b B$/)
  issuing.clock.advance(1)
  t.match(told(await issuing.ask()), /^hit b B$/)
})

t.test('Where no token covers and the tenant only warns, the first one is handed out', async (t) => {
  const issuing = await openIssuing(t)
  await addApplication(issuing, 'a', ['Mail.Read'])
  await addApplication(issuing, 'b', ['Mail.Read', 'Mail.Send'])
  await addTenant(issuing, 'contoso', ['a', 'b'], { role_check: 'warn' })
  await addCaller(issuing, 'orders', [{ permissions: declared }])
  const waiting = issuing.ask()
  await issuing.give({ value: 'A', roles: ['Calendars.Read'] })
  await issuing.give({ value: 'B', roles: [] })
  const answer = await waiting
  t.match(told(answer), / a A$/)
  t.match(answer, { value: { roles: { missing: ['Mail.Read'], granted: ['Calendars.Read'] } } })
})
