import t, { type Test } from 'tap'
import { unavailable } from './cache-stage.ts'
import { hour, minute, second, tokenOf } from './fixture.ts'
import { type Issuing, openIssuing, told } from './issuing.ts'
import { addApplication, addCaller, addTenant, alter, removeGrants, removeTenant } from './world.ts'

const both = ['Mail.Read', 'Mail.Send']

async function open(test: Test): Promise<Issuing> {
  const issuing = await openIssuing(test)
  await addApplication(issuing, 'mail', ['Mail.Read'])
  await addApplication(issuing, 'more', both)
  await addTenant(issuing, 'contoso', ['mail', 'more'], { role_check: 'warn' })
  await addCaller(issuing, 'orders', [{ permissions: both }])
  return issuing
}

interface Revocation {
  readonly name: string
  readonly code: string
  revoke(issuing: Issuing): Promise<unknown>
}

const revocations: readonly Revocation[] = [
  {
    name: 'the tenant is disabled',
    code: 'tenant_disabled',
    revoke: (issuing) => alter(issuing, 'tenant', 'contoso', 'enabled', 0),
  },
  {
    name: 'the tenant is removed',
    code: 'tenant_not_granted',
    async revoke(issuing) {
      const tenant = issuing.snapshot().tenant('contoso')
      if (tenant !== undefined) await removeTenant(issuing, tenant)
    },
  },
  {
    name: 'the grant is removed',
    code: 'tenant_not_granted',
    async revoke(issuing) {
      const caller = issuing.snapshot().caller('orders')
      if (caller !== undefined) await removeGrants(issuing, caller)
    },
  },
  {
    name: 'the caller is disabled',
    code: 'unauthenticated',
    revoke: (issuing) => alter(issuing, 'caller', 'orders', 'enabled', 0),
  },
]

for (const { name, code, revoke } of revocations) {
  t.test(`If ${name} while a mint is pending, its token goes to nobody`, async (t) => {
    const issuing = await open(t)
    const waiting = [issuing.ask(), issuing.ask()]
    const mint = await issuing.entra.next()
    await revoke(issuing)
    issuing.entra.always(() => ({ ok: false, failure: unavailable }))
    mint.succeed(tokenOf(issuing.clock, { value: 'revoked' }))
    t.strictSame((await Promise.all(waiting)).map(told), [code, code])
  })

  t.test(`If ${name} while a mint is pending that fails, the reason is told instead`, async (t) => {
    const issuing = await open(t)
    const waiting = issuing.ask()
    const mint = await issuing.entra.next()
    await revoke(issuing)
    mint.fail(unavailable)
    t.equal(told(await waiting), code)
  })

  t.test(
    `If ${name} while a longer life is waited for in vain, the held token is not handed out`,
    async (t) => {
      const issuing = await open(t)
      const first = issuing.ask()
      await issuing.give({ refreshIn: hour })
      await first
      issuing.clock.advance(30 * minute)
      const demanding = issuing.ask({ minimumValiditySeconds: 3000 })
      const mint = await issuing.entra.next()
      await revoke(issuing)
      mint.fail(unavailable)
      t.equal(told(await demanding), code)
    },
  )

  t.test(`If ${name} while a role is looked for in vain, the held token is not handed out`, async (t) => {
    const issuing = await open(t)
    const first = issuing.ask({ scopes: both })
    await issuing.give({ roles: ['Mail.Read'] })
    await first
    issuing.clock.advance(30 * second)
    const again = issuing.ask({ scopes: both })
    const mint = await issuing.entra.next()
    await revoke(issuing)
    mint.fail(unavailable)
    t.equal(told(await again), code)
  })

  t.test(`If ${name} while the first application is waited for, the second gives nothing`, async (t) => {
    const issuing = await open(t)
    const warm = issuing.ask({ scopes: both })
    await issuing.give({ roles: both })
    await warm
    const waiting = issuing.ask()
    const mint = await issuing.entra.next()
    await revoke(issuing)
    mint.fail({ code: 'application_not_in_directory' })
    t.equal(told(await waiting), code)
  })
}

t.test("If a tenant's tokens are forgotten while a mint is pending, a new one is minted", async (t) => {
  const issuing = await open(t)
  const waiting = issuing.ask()
  const stale = await issuing.entra.next()
  await alter(issuing, 'tenant', 'contoso', 'epoch', 1_000)
  stale.succeed(tokenOf(issuing.clock, { value: 'revoked' }))
  await issuing.give({ value: 'new' })
  t.equal(told(await waiting), 'mint mail new')
  t.equal(told(await issuing.ask()), 'hit mail new')
  t.strictSame(
    issuing.entra.calls.map(({ asked }) => asked.target.tenantEpoch === 1_000),
    [false, true],
  )
})

t.test("If an application's tokens are forgotten while a mint is pending, a new one is minted", async (t) => {
  const issuing = await open(t)
  const waiting = issuing.ask()
  const stale = await issuing.entra.next()
  await alter(issuing, 'application', 'mail', 'epoch', 1_000)
  stale.succeed(tokenOf(issuing.clock, { value: 'revoked' }))
  await issuing.give({ value: 'new' })
  t.equal(told(await waiting), 'mint mail new')
})

t.test(
  'Where the registry never holds still, a request gives up instead of going round for ever',
  async (t) => {
    const issuing = await open(t)
    const waiting = issuing.ask()
    for (let round = 0; round < 4; round += 1) {
      const mint = await issuing.entra.next()
      await alter(issuing, 'tenant', 'contoso', 'epoch', 1_000 + round)
      mint.succeed(tokenOf(issuing.clock))
    }
    t.strictSame(await waiting, {
      ok: false,
      failure: { code: 'registry_unavailable', retryAfterSeconds: 1 },
    })
    t.equal(issuing.entra.calls.length, 4)
  },
)
