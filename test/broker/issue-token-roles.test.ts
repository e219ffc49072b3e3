import t, { type Test } from 'tap'
import type { Grant } from '../../src/domain/caller.ts'
import type { RoleCheck } from '../../src/domain/tenant.ts'
import { unavailable } from './cache-stage.ts'
import { minute, second, turn } from './fixture.ts'
import { type Issued, type Issuing, openIssuing, told } from './issuing.ts'
import { addApplication, addCaller, addTenant } from './world.ts'

const both = ['Mail.Read', 'Mail.Send']

async function open(test: Test, roleCheck: RoleCheck, excess: Grant['excess']): Promise<Issuing> {
  const issuing = await openIssuing(test)
  await addApplication(issuing, 'mail', both)
  await addTenant(issuing, 'contoso', ['mail'], { role_check: roleCheck })
  await addCaller(issuing, 'orders', [{ permissions: both, excess }])
  return issuing
}

t.test(
  'A strict tenant: a missing role is missing consent, with the list and where to consent',
  async (t) => {
    const { ask, give } = await open(t, 'strict', 'refuse')
    const waiting = ask({ scopes: both })
    await give({ roles: ['Mail.Read'] })
    t.strictSame(await waiting, {
      ok: false,
      failure: {
        code: 'consent_missing',
        tenant: 'contoso',
        application: 'mail',
        permissions: ['Mail.Send'],
        adminConsentUrl: 'https://broker.example/consent/contoso/mail',
      },
    })
    t.match(told(await ask()), /^hit mail/, 'what was granted is to be had')
  },
)

t.test('A tenant that only warns: the token is handed out and says what it lacks', async (t) => {
  const { ask, give } = await open(t, 'warn', 'refuse')
  const waiting = ask({ scopes: both })
  await give({ roles: ['Mail.Read'] })
  t.match(await waiting, {
    ok: true,
    value: { roles: { scope: ['Mail.Read'], granted: ['Mail.Read'], missing: ['Mail.Send'], excess: [] } },
  })
})

t.test('A token without roles: strict refuses with everything, warn hands it out', async (t) => {
  for (const [roleCheck, expected] of [
    ['strict', { failure: { code: 'consent_missing', permissions: both } }],
    ['warn', { value: { roles: { scope: [], granted: [], missing: both } } }],
  ] as const) {
    const { ask, give } = await open(t, roleCheck, 'refuse')
    const waiting = ask({ scopes: both })
    await give({ roles: [] })
    t.match(await waiting, expected)
  }
})

t.test('A broader role that was granted serves a narrower wish', async (t) => {
  const issuing = await openIssuing(t)
  await addApplication(issuing, 'mail', ['Mail.ReadWrite'])
  await addTenant(issuing, 'contoso', ['mail'])
  await addCaller(issuing, 'orders', [{ permissions: ['Mail.ReadWrite'] }])
  const waiting = issuing.ask()
  await issuing.give({ roles: ['Mail.ReadWrite'] })
  t.match(await waiting, {
    value: { roles: { scope: ['Mail.Read'], granted: ['Mail.ReadWrite'], missing: [] } },
  })
})

t.test('More than the grant names is refused, or allowed where the grant says so', async (t) => {
  for (const roleCheck of ['strict', 'warn'] as const) {
    const refusing = await open(t, roleCheck, 'refuse')
    const refused = refusing.ask()
    await refusing.give({ roles: ['Mail.Read', 'User.Read.All'] })
    t.strictSame(await refused, {
      ok: false,
      failure: {
        code: 'excess_permissions',
        tenant: 'contoso',
        application: 'mail',
        permissions: ['User.Read.All'],
      },
    })

    const allowing = await open(t, roleCheck, 'allow')
    const allowed = allowing.ask()
    await allowing.give({ roles: ['Mail.Read', 'User.Read.All'] })
    t.match(await allowed, { value: { roles: { scope: ['Mail.Read'], excess: ['User.Read.All'] } } })
  }
})

t.test('Roles that nobody can read pass only where both checks are waived', async (t) => {
  for (const [roleCheck, excess, passes] of [
    ['strict', 'refuse', false],
    ['strict', 'allow', false],
    ['warn', 'refuse', false],
    ['warn', 'allow', true],
  ] as const) {
    const { ask, give } = await open(t, roleCheck, excess)
    const waiting = ask({ scopes: both })
    await give({ roles: 'unreadable' })
    const expected = passes
      ? { ok: true, value: { roles: { scope: both, granted: [], missing: [], excess: [] } } }
      : { ok: false, failure: { code: 'roles_unverifiable', tenant: 'contoso', application: 'mail' } }
    t.match(await waiting, expected, `${roleCheck}, ${excess}`)
  }
})

t.test(
  'A role that was granted meanwhile is seen after half a minute, without anybody saying so',
  async (t) => {
    const { ask, give, clock } = await open(t, 'strict', 'refuse')
    const first = ask({ scopes: both })
    await give({ roles: ['Mail.Read'] })
    t.equal(told(await first), 'consent_missing')
    t.equal(told(await ask({ scopes: both })), 'consent_missing', 'Entra is not asked again so soon')
    clock.advance(30 * second)
    const second30 = ask({ scopes: both })
    await give({ value: 'new', roles: both })
    t.equal(told(await second30), 'mint mail new')
  },
)

t.test(
  'If Entra is away when a role is looked for again, the held token still says what it lacks',
  async (t) => {
    for (const [roleCheck, expected] of [
      ['strict', 'consent_missing'],
      ['warn', /mail old$/],
    ] as const) {
      const { ask, give, refuse, clock } = await open(t, roleCheck, 'refuse')
      const first = ask({ scopes: both })
      await give({ value: 'old', roles: ['Mail.Read'] })
      await first
      clock.advance(30 * second)
      const again = ask({ scopes: both })
      await refuse(unavailable)
      t.match(told(await again), expected)
    }
  },
)

t.test(
  'The same words are answered with what the newest token carries, and until when it lives',
  async (t) => {
    const { ask, give, clock } = await open(t, 'strict', 'allow')
    const first = ask()
    await give({ roles: ['Mail.Read', 'User.Read.All'] })
    t.match(await first, { value: { roles: { excess: ['User.Read.All'] } } })
    const before = await ask()
    t.match(before, { value: { origin: 'hit', roles: { excess: ['User.Read.All'] } } })

    clock.advance(30 * minute)
    t.match(told(await ask()), /^hit/, 'and it is renewed behind the answer')
    await give({ roles: ['Mail.Read'] })
    await turn()
    const after = await ask()
    t.match(after, { value: { origin: 'hit', roles: { excess: [] } } })
    const text = (issued: Issued) => (issued.ok ? issued.value.text : issued.failure.code)
    t.match(text(after), `"expires_at":${after.ok && after.value.token.expiresAtUnix}`)
    t.not(text(after), text(before))
  },
)
