import t from 'tap'
import { changeCredentialState } from '../../src/broker/change-credential-state.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail } from '../../src/domain/result.ts'
import { unreadableRegistry } from './broken-registries.ts'
import { contoso, unavailable } from './cache-stage.ts'
import { must, tokenOf } from './fixture.ts'
import { scriptedIssuer } from './scripted.ts'
import { openState } from './state-stage.ts'
import { actor, addCredential, alter, changes } from './world.ts'

const absent: MintFailure = { code: 'application_not_in_directory' }

t.test('A credential that Entra takes becomes active', async (t) => {
  const { activate, states, tried, issuer, world } = await openState(t, {
    states: ['pending'],
    tenants: { contoso: 'ok' },
  })
  const { credential, application } = must(await activate('mail-0'))
  t.match(credential, { state: 'active', activatedAt: new Date(world.clock.now()).toISOString() })
  t.equal(application.revision, world.snapshot().application('mail')?.revision)
  t.strictSame(states(), ['active'])
  t.strictSame(tried(), ['contoso'])
  t.match(issuer.script.calls[0]?.asked, { credential: { id: 'mail-0' }, target: { resource: 'graph' } })
})

t.test('The trial asks for a resource that the application declares', async (t) => {
  const tenants = { contoso: 'ok' } as const
  for (const [permissions, resource] of [
    [['outlook:IMAP.AccessAsApp'], 'outlook'],
    [[], 'graph'],
  ] as const) {
    const { activate, issuer } = await openState(t, { states: ['pending'], permissions, tenants })
    t.ok((await activate('mail-0')).ok)
    t.equal(issuer.script.calls[0]?.asked.target.resource, resource)
  }
})

t.test('A credential that Entra rejects stays as it is, and the reason is told', async (t) => {
  const rejected = { code: 'credential_rejected', expectedThumbprint: 'AA' } as const
  const { activate, states, tried } = await openState(t, {
    states: ['active', 'pending'],
    tenants: { contoso: rejected, fabrikam: 'ok' },
  })
  t.strictSame(await activate('mail-1'), fail(rejected))
  t.strictSame(states(), ['active', 'pending'])
  t.strictSame(tried(), ['contoso'], 'no other directory would say otherwise')
})

t.test('A directory that says nothing about the credential lets the next one be asked', async (t) => {
  for (const failure of [absent, { code: 'directory_not_found' }, { code: 'policy_blocked' }] as const) {
    const tenants = { contoso: failure, fabrikam: 'ok' } as const
    const { activate, states, tried } = await openState(t, { states: ['pending'], tenants })
    t.ok((await activate('mail-0')).ok)
    t.strictSame(states(), ['active'])
    t.strictSame(tried(), ['contoso', 'fabrikam'])
  }
})

t.test('Three directories are asked and no more; then nothing is known', async (t) => {
  const tenants = { a: absent, b: { code: 'policy_blocked' }, c: absent, d: 'ok' } as const
  const { activate, states } = await openState(t, { states: ['pending'], tenants })
  t.strictSame(
    await activate('mail-0'),
    fail({
      code: 'verification_inconclusive',
      attempts: ['a: application_not_in_directory', 'b: policy_blocked', 'c: application_not_in_directory'],
    }),
  )
  t.strictSame(states(), ['pending'])
})

t.test('Without a tenant nothing can be tried; who knows better may go on unverified', async (t) => {
  const { activate, states, tried, world } = await openState(t, { states: ['pending'] })
  t.strictSame(await activate('mail-0'), fail({ code: 'verification_inconclusive', attempts: [] }))
  t.strictSame(states(), ['pending'])
  t.ok((await activate('mail-0', { verify: false })).ok)
  t.strictSame(states(), ['active'])
  t.strictSame(tried(), [])
  t.match(JSON.parse((await changes(world)).at(-1)?.after ?? ''), { state: 'active', verified: false })
})

t.test('Two credentials are active at most, so that a rotation has an overlap', async (t) => {
  const scene = { states: ['active', 'active', 'pending'], tenants: { contoso: 'ok' } } as const
  const { activate, retire, states, tried } = await openState(t, scene)
  t.match(await activate('mail-2'), { failure: { code: 'conflict', hint: /mail-0, mail-1/ } })
  t.strictSame(tried(), [], 'Entra is not bothered for nothing')
  t.ok((await retire('mail-0')).ok)
  t.ok((await activate('mail-2')).ok)
  t.strictSame(states(), ['retired', 'active', 'active'])
})

t.test('A retired credential never comes back', async (t) => {
  const { activate, states } = await openState(t, { states: ['retired'], tenants: { contoso: 'ok' } })
  t.match(await activate('mail-0', { verify: false }), { failure: { code: 'conflict' } })
  t.strictSame(states(), ['retired'])
})

t.test('An expired credential does not become active, whatever Entra would say', async (t) => {
  const { activate, application, world, tried } = await openState(t, {
    states: [],
    tenants: { contoso: 'ok' },
  })
  const expiresAt = new Date(world.clock.now() + 1_000).toISOString()
  await addCredential(world, 'mail', 'short', 'pending', { expiresAt })
  world.clock.advance(1_000 - 1)
  const expired = { failure: { code: 'conflict', detail: `The credential expired on ${expiresAt}.` } }
  for (const verify of [true, false]) t.match(await activate('short', { verify }), expired)
  t.strictSame(tried(), [])
  t.match(application()?.credentials, [{ state: 'pending' }])
})

t.test('A credential that expires during its trial does not become active', async (t) => {
  const { options, application, world } = await openState(t, { states: [], tenants: { contoso: 'ok' } })
  const expiresAt = new Date(world.clock.now() + 1_000).toISOString()
  await addCredential(world, 'mail', 'short', 'pending', { expiresAt })
  const slow = scriptedIssuer()
  const change = { state: 'active', verify: true, ifRevision: application()?.revision ?? 0 } as const
  const reference = { application: 'mail', credential: 'short' }
  const changing = changeCredentialState({ ...options, issuer: slow }, actor, reference, change)
  const trial = await slow.script.next()
  world.clock.advance(1_000)
  trial.succeed(tokenOf(world.clock))
  t.match(await changing, { failure: { code: 'conflict' } })
  t.match(application()?.credentials, [{ state: 'pending' }])
})

t.test('Asking for the state that it has already changes nothing', async (t) => {
  const { activate, retire, world, tried } = await openState(t, {
    states: ['active', 'retired'],
    tenants: { contoso: 'ok' },
  })
  const before = await world.store.revision()
  t.match(await activate('mail-0'), { ok: true, value: { credential: { id: 'mail-0', state: 'active' } } })
  t.match(await retire('mail-1'), { ok: true })
  t.equal(await world.store.revision(), before)
  t.strictSame(tried(), [])
})

t.test('One of two active credentials may be asked to be active', async (t) => {
  const { activate, states } = await openState(t, { states: ['active', 'active'] })
  t.ok((await activate('mail-0')).ok)
  t.strictSame(states(), ['active', 'active'])
})

t.test('What is not there cannot be changed', async (t) => {
  const { activate, options } = await openState(t, { states: ['pending'] })
  t.strictSame(await activate('gone'), fail({ code: 'not_found', kind: 'credential', id: 'gone' }))
  const wanted = { state: 'active', verify: false, ifRevision: 1 } as const
  const reference = { application: 'gone', credential: 'mail-0' }
  const missing = fail({ code: 'not_found', kind: 'application', id: 'gone' })
  t.strictSame(await changeCredentialState(options, actor, reference, wanted), missing)
})

t.test('Who read an older state must read again', async (t) => {
  const { activate, world, states, tried } = await openState(t, {
    states: ['pending'],
    tenants: { contoso: 'ok' },
  })
  const ifRevision = world.snapshot().application('mail')?.revision ?? 0
  await alter(world, 'application', 'mail', 'display_name', 'Renamed')
  t.strictSame(await activate('mail-0', { ifRevision }), fail({ code: 'precondition_failed' }))
  t.strictSame(states(), ['pending'])
  t.strictSame(tried(), [])
})

t.test('What changed during the trial is looked at again', async (t) => {
  const { options, world } = await openState(t, { states: ['pending'], tenants: { contoso: 'ok' } })
  const slow = scriptedIssuer()
  const ifRevision = world.snapshot().application('mail')?.revision ?? 0
  const reference = { application: 'mail', credential: 'mail-0' }
  const changing = changeCredentialState({ ...options, issuer: slow }, actor, reference, {
    state: 'active',
    verify: true,
    ifRevision,
  })
  const trial = await slow.script.next()
  await alter(world, 'application', 'mail', 'display_name', 'Renamed')
  trial.succeed(tokenOf(world.clock))
  t.strictSame(await changing, fail({ code: 'precondition_failed' }))
  t.equal(world.snapshot().application('mail')?.credentials[0]?.state, 'pending')
})

t.test('Activation lets the tenants of the application be tried at once, and no others', async (t) => {
  const { activate, cache, mints, clientId } = await openState(t, {
    states: ['pending'],
    tenants: { contoso: 'ok' },
  })
  mints.always(() => fail(unavailable))
  const own = { ...contoso, clientId }
  for (const target of [own, contoso]) await cache.acquire(target, {})
  await activate('mail-0')
  for (const target of [own, contoso]) await cache.acquire(target, {})
  t.strictSame(
    mints.calls.map(({ asked }) => asked.clientId === clientId),
    [true, false, true],
  )
})

t.test('Who changed it, from what to what, is kept with the change', async (t) => {
  const { activate, world } = await openState(t, { states: ['pending'], tenants: { contoso: 'ok' } })
  await activate('mail-0')
  const [{ action, target, before, after, actor: who } = {}, ...others] = (await changes(world)).slice(-1)
  t.strictSame(others, [])
  t.strictSame(
    [action, target, who],
    ['credential.activated', 'applications/mail/credentials/mail-0', 'olga'],
  )
  t.strictSame(JSON.parse(before ?? ''), { state: 'pending' })
  t.strictSame(JSON.parse(after ?? ''), { state: 'active', verified: true })
})

t.test('While the registry is away nothing is changed', async (t) => {
  const { options, world } = await openState(t, { states: ['pending'] })
  const registry = unreadableRegistry(world)
  const reference = { application: 'mail', credential: 'mail-0' }
  const wanted = { state: 'active', verify: false, ifRevision: 1 } as const
  const refused = await changeCredentialState({ ...options, registry }, actor, reference, wanted)
  t.match(refused, { failure: { code: 'registry_unavailable' } })
})
