import t from 'tap'
import { changeCredentialState } from '../../src/broker/change-credential-state.ts'
import { fail } from '../../src/domain/result.ts'
import { unwritableRegistry } from './broken-registries.ts'
import { contoso, unavailable } from './cache-stage.ts'
import { must } from './fixture.ts'
import { openState } from './state-stage.ts'
import { actor, alter, changes } from './world.ts'

t.test('Retiring needs no trial, of an active credential or a pending one', async (t) => {
  const { retire, states, tried, world } = await openState(t, { states: ['active', 'pending'] })
  for (const id of ['mail-0', 'mail-1']) t.ok((await retire(id)).ok)
  t.strictSame(states(), ['retired', 'retired'])
  t.strictSame(tried(), [])
  const after = (await changes(world)).at(-1)?.after ?? ''
  t.strictSame(JSON.parse(after), { state: 'retired', compromised: false })
})

t.test('Retiring forgets no failures: nothing was mended', async (t) => {
  const { retire, cache, mints, clientId } = await openState(t, { states: ['active'] })
  mints.always(() => fail(unavailable))
  const own = { ...contoso, clientId }
  await cache.acquire(own, {})
  await retire('mail-0')
  await cache.acquire(own, {})
  t.equal(mints.calls.length, 1)
})

t.test('What was held of it is let go, and of no other', async (t) => {
  const { retire, activate, custody } = await openState(t, { states: ['active', 'pending'] })
  await activate('mail-1', { verify: false })
  t.strictSame(custody.calls.forgotten, [])
  await retire('mail-0')
  t.strictSame(custody.calls.forgotten, ['mail-0'])
})

t.test('Retired for its age, it leaves the tokens that were had with it', async (t) => {
  const { retire, application } = await openState(t, { states: ['active'] })
  const before = application()?.epoch
  t.match(must(await retire('mail-0')).credential, { state: 'retired', compromised: false })
  t.equal(application()?.epoch, before)
})

t.test('Retired as compromised, it takes all tokens of its application with it, once', async (t) => {
  const { retire, application, world } = await openState(t, { states: ['active', 'active'] })
  const before = application()?.epoch ?? 0
  t.match(must(await retire('mail-1', { compromised: true })).credential, { compromised: true })
  const raised = application()?.epoch ?? 0
  t.ok(raised > before)
  t.match(application()?.credentials, [
    { state: 'active', compromised: false },
    { state: 'retired', compromised: true },
  ])
  const revision = await world.store.revision()
  t.ok((await retire('mail-1', { compromised: true })).ok)
  t.match(must(await retire('mail-1')).credential, { compromised: true }, 'that is not taken back')
  t.equal(application()?.epoch, raised)
  t.equal(await world.store.revision(), revision)
})

t.test('One that was retired for its age may turn out to be compromised', async (t) => {
  const { retire, application } = await openState(t, { states: ['active'] })
  await retire('mail-0')
  const before = application()?.epoch ?? 0
  t.match(must(await retire('mail-0', { compromised: true })).credential, { compromised: true })
  t.ok((application()?.epoch ?? 0) > before)
})

t.test('Each compromised credential puts the tokens out of reach anew', async (t) => {
  const { retire, application } = await openState(t, { states: ['active', 'active'] })
  await retire('mail-0', { compromised: true })
  const first = application()?.epoch ?? 0
  await retire('mail-1', { compromised: true })
  t.ok((application()?.epoch ?? 0) > first)
})

t.test('Two who report it at once raise the epoch once', async (t) => {
  const { retire, application, world } = await openState(t, { states: ['active'] })
  const ifRevision = application()?.revision ?? 0
  const told = await Promise.all([1, 2].map(() => retire('mail-0', { compromised: true, ifRevision })))
  t.strictSame(told.map(({ ok }) => ok).sort(), [false, true])
  t.match(
    told.find(({ ok }) => !ok),
    { failure: { code: 'precondition_failed' } },
  )
  const retired = (await changes(world)).filter(({ action }) => action === 'credential.retired')
  t.equal(retired.length, 1)
})

t.test('An expired credential can be retired', async (t) => {
  const { retire, states, world } = await openState(t, { states: ['active'] })
  world.clock.advance(Date.parse('2030-01-01') - world.clock.now())
  t.ok((await retire('mail-0')).ok)
  t.strictSame(states(), ['retired'])
})

t.test('Who retires it by an older state must read again', async (t) => {
  const { retire, application, states, custody, world } = await openState(t, { states: ['active'] })
  const ifRevision = application()?.revision ?? 0
  await alter(world, 'application', 'mail', 'display_name', 'Renamed')
  const refused = await retire('mail-0', { ifRevision, compromised: true })
  t.strictSame(refused, fail({ code: 'precondition_failed' }))
  t.strictSame(states(), ['active'])
  t.strictSame(custody.calls.forgotten, [])
})

t.test('If the change cannot be kept, what is held is not let go', async (t) => {
  const { options, states, custody, world, application } = await openState(t, { states: ['active'] })
  const registry = unwritableRegistry(world)
  const change = { state: 'retired', compromised: true, ifRevision: application()?.revision ?? 0 } as const
  const reference = { application: 'mail', credential: 'mail-0' }
  const refused = await changeCredentialState({ ...options, registry }, actor, reference, change)
  t.match(refused, { failure: { code: 'registry_unavailable' } })
  t.strictSame(custody.calls.forgotten, [])
  t.strictSame(states(), ['active'])
})

t.test('Who retired it, from what, and whether it was compromised, is kept with the change', async (t) => {
  const { retire, world } = await openState(t, { states: ['active'] })
  await retire('mail-0', { compromised: true })
  const change = (await changes(world)).at(-1)
  const target = 'applications/mail/credentials/mail-0'
  t.match(change, { actor: 'olga', action: 'credential.retired', target })
  t.strictSame(JSON.parse(change?.before ?? ''), { state: 'active' })
  t.strictSame(JSON.parse(change?.after ?? ''), { state: 'retired', compromised: true })
})
