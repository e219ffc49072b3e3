import t, { type Test } from 'tap'
import {
  type CredentialStateChange,
  changeCredentialState,
} from '../../src/broker/change-credential-state.ts'
import type { Acquisition } from '../../src/broker/ports.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import type { CredentialState } from '../../src/domain/application.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { contoso, openCache, unavailable } from './cache-stage.ts'
import { must, tokenOf } from './fixture.ts'
import { memoryCustody, scriptedIssuer } from './scripted.ts'
import { actor, addApplication, addTenant, alter, changes, openWorld } from './world.ts'

const absent: MintFailure = { code: 'application_not_in_directory' }

interface Scene {
  readonly states: readonly CredentialState[]
  readonly permissions?: readonly string[]
  /** What Entra answers in each tenant; a token where it is `ok`. */
  readonly tenants?: Readonly<Record<string, MintFailure | 'ok'>>
}

async function open(t: Test, { states, permissions = ['Mail.Read'], tenants = {} }: Scene) {
  const world = await openWorld(t)
  const { clientId } = await addApplication(world, 'mail', permissions, states)
  for (const id of Object.keys(tenants)) await addTenant(world, id, ['mail'])
  await addTenant(world, 'a-stranger', [])
  const issuer = scriptedIssuer()
  const tenantOf = ({ target }: Acquisition) => world.snapshot().tenant(target.directoryId)?.id ?? ''
  issuer.script.always((acquisition) => {
    const answer = tenants[tenantOf(acquisition)]
    return answer === undefined || answer === 'ok' ? ok(tokenOf(world.clock)) : fail(answer)
  })
  const { cache, mints } = openCache()
  const options = { ...world, custody: memoryCustody(), issuer, cache }
  const reference = (credential: string) => ({ application: 'mail', credential })
  const change = (credential: string, wanted: Partial<CredentialStateChange> = {}) => {
    const ifRevision = world.snapshot().application('mail')?.revision ?? 0
    const usual = { state: 'active', verify: true, ifRevision } as const
    return changeCredentialState(options, actor, reference(credential), { ...usual, ...wanted })
  }
  const states_ = () =>
    world
      .snapshot()
      .application('mail')
      ?.credentials.map(({ state }) => state)
  const tried = () => issuer.script.calls.map(({ asked }) => tenantOf(asked))
  return { world, clientId, options, issuer, cache, mints, change, states: states_, tried }
}

t.test('A credential that Entra takes becomes active', async (t) => {
  const { change, states, tried, issuer, world } = await open(t, {
    states: ['pending'],
    tenants: { contoso: 'ok' },
  })
  const { credential, application } = must(await change('mail-0'))
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
    const { change, issuer } = await open(t, { states: ['pending'], permissions, tenants })
    t.ok((await change('mail-0')).ok)
    t.equal(issuer.script.calls[0]?.asked.target.resource, resource)
  }
})

t.test('A credential that Entra rejects stays as it is, and the reason is told', async (t) => {
  const rejected = { code: 'credential_rejected', expectedThumbprint: 'AA' } as const
  const { change, states, tried } = await open(t, {
    states: ['active', 'pending'],
    tenants: { contoso: rejected, fabrikam: 'ok' },
  })
  t.strictSame(await change('mail-1'), fail(rejected))
  t.strictSame(states(), ['active', 'pending'])
  t.strictSame(tried(), ['contoso'], 'no other directory would say otherwise')
})

t.test('A directory that says nothing about the credential lets the next one be asked', async (t) => {
  for (const failure of [absent, { code: 'directory_not_found' }, { code: 'policy_blocked' }] as const) {
    const tenants = { contoso: failure, fabrikam: 'ok' } as const
    const { change, states, tried } = await open(t, { states: ['pending'], tenants })
    t.ok((await change('mail-0')).ok)
    t.strictSame(states(), ['active'])
    t.strictSame(tried(), ['contoso', 'fabrikam'])
  }
})

t.test('Three directories are asked and no more; then nothing is known', async (t) => {
  const tenants = { a: absent, b: { code: 'policy_blocked' }, c: absent, d: 'ok' } as const
  const { change, states } = await open(t, { states: ['pending'], tenants })
  t.strictSame(
    await change('mail-0'),
    fail({
      code: 'verification_inconclusive',
      attempts: ['a: application_not_in_directory', 'b: policy_blocked', 'c: application_not_in_directory'],
    }),
  )
  t.strictSame(states(), ['pending'])
})

t.test('Without a tenant nothing can be tried; who knows better may go on unverified', async (t) => {
  const { change, states, tried, world } = await open(t, { states: ['pending'] })
  t.strictSame(await change('mail-0'), fail({ code: 'verification_inconclusive', attempts: [] }))
  t.strictSame(states(), ['pending'])
  t.ok((await change('mail-0', { verify: false })).ok)
  t.strictSame(states(), ['active'])
  t.strictSame(tried(), [])
  t.match(JSON.parse((await changes(world)).at(-1)?.after ?? ''), { state: 'active', verified: false })
})

t.test('Two credentials are active at most, so that a rotation has an overlap', async (t) => {
  const scene = { states: ['active', 'active', 'pending'], tenants: { contoso: 'ok' } } as const
  const { change, states, tried } = await open(t, scene)
  t.match(await change('mail-2'), { failure: { code: 'conflict', hint: /mail-0, mail-1/ } })
  t.strictSame(tried(), [], 'Entra is not bothered for nothing')
  t.ok((await change('mail-0', { state: 'retired' })).ok)
  t.ok((await change('mail-2')).ok)
  t.strictSame(states(), ['retired', 'active', 'active'])
})

t.test('A retired credential never comes back', async (t) => {
  const { change, states } = await open(t, { states: ['retired'], tenants: { contoso: 'ok' } })
  t.match(await change('mail-0', { verify: false }), { failure: { code: 'conflict' } })
  t.strictSame(states(), ['retired'])
})

t.test('Retiring needs no trial, of an active credential or a pending one', async (t) => {
  const { change, states, tried, world } = await open(t, { states: ['active', 'pending'] })
  for (const id of ['mail-0', 'mail-1']) t.ok((await change(id, { state: 'retired' })).ok)
  t.strictSame(states(), ['retired', 'retired'])
  t.strictSame(tried(), [])
  t.match(JSON.parse((await changes(world)).at(-1)?.after ?? ''), { state: 'retired', verified: false })
})

t.test('Asking for the state that it has already changes nothing', async (t) => {
  const { change, world, tried } = await open(t, {
    states: ['active', 'retired'],
    tenants: { contoso: 'ok' },
  })
  const before = await world.store.revision()
  t.match(await change('mail-0'), { ok: true, value: { credential: { id: 'mail-0', state: 'active' } } })
  t.match(await change('mail-1', { state: 'retired' }), { ok: true })
  t.equal(await world.store.revision(), before)
  t.strictSame(tried(), [])
})

t.test('One of two active credentials may be asked to be active', async (t) => {
  const { change, states } = await open(t, { states: ['active', 'active'] })
  t.ok((await change('mail-0')).ok)
  t.strictSame(states(), ['active', 'active'])
})

t.test('What is not there cannot be changed', async (t) => {
  const { change, options } = await open(t, { states: ['pending'] })
  t.strictSame(await change('gone'), fail({ code: 'not_found', kind: 'credential', id: 'gone' }))
  const wanted = { state: 'active', verify: false, ifRevision: 1 } as const
  const reference = { application: 'gone', credential: 'mail-0' }
  const missing = fail({ code: 'not_found', kind: 'application', id: 'gone' })
  t.strictSame(await changeCredentialState(options, actor, reference, wanted), missing)
})

t.test('Who read an older state must read again', async (t) => {
  const { change, world, states, tried } = await open(t, { states: ['pending'], tenants: { contoso: 'ok' } })
  const ifRevision = world.snapshot().application('mail')?.revision ?? 0
  await alter(world, 'application', 'mail', 'display_name', 'Renamed')
  t.strictSame(await change('mail-0', { ifRevision }), fail({ code: 'precondition_failed' }))
  t.strictSame(states(), ['pending'])
  t.strictSame(tried(), [])
})

t.test('What changed during the trial is looked at again', async (t) => {
  const { options, world } = await open(t, { states: ['pending'], tenants: { contoso: 'ok' } })
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
  const { change, cache, mints, clientId } = await open(t, {
    states: ['pending'],
    tenants: { contoso: 'ok' },
  })
  mints.always(() => fail(unavailable))
  const own = { ...contoso, clientId }
  for (const target of [own, contoso]) await cache.acquire(target, {})
  await change('mail-0')
  for (const target of [own, contoso]) await cache.acquire(target, {})
  t.strictSame(
    mints.calls.map(({ asked }) => asked.clientId === clientId),
    [true, false, true],
  )
})

t.test('Retiring forgets no failures: nothing was mended', async (t) => {
  const { change, cache, mints, clientId } = await open(t, { states: ['active'] })
  mints.always(() => fail(unavailable))
  const own = { ...contoso, clientId }
  await cache.acquire(own, {})
  await change('mail-0', { state: 'retired' })
  await cache.acquire(own, {})
  t.equal(mints.calls.length, 1)
})

t.test('Who changed it, from what to what, is kept with the change', async (t) => {
  const { change, world } = await open(t, { states: ['pending'], tenants: { contoso: 'ok' } })
  await change('mail-0')
  const [{ action, target, before, after, actor: who } = {}, ...others] = (await changes(world)).slice(-1)
  t.strictSame(others, [])
  t.strictSame(
    [action, target, who],
    ['credential.activated', 'applications/mail/credentials/mail-0', 'olga'],
  )
  t.strictSame(JSON.parse(before ?? ''), { state: 'pending' })
  t.strictSame(JSON.parse(after ?? ''), { state: 'active', verified: true })
  await change('mail-0', { state: 'retired' })
  t.match((await changes(world)).at(-1), { action: 'credential.retired' })
})

t.test('While the registry is away nothing is changed', async (t) => {
  const { options, world } = await open(t, { states: ['pending'] })
  const store = { ...world.store, revision: () => Promise.reject(new Error('away')) }
  const common = { clock: world.clock, maximumStaleness: 60_000, pollInterval: 1_000 }
  const registry = createRegistry({ store, ...common, onError: () => undefined })
  const reference = { application: 'mail', credential: 'mail-0' }
  const wanted = { state: 'active', verify: false, ifRevision: 1 } as const
  const refused = await changeCredentialState({ ...options, registry }, actor, reference, wanted)
  t.match(refused, { failure: { code: 'registry_unavailable' } })
})
