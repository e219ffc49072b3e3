import t, { type Test } from 'tap'
import { targetOf } from '../../src/broker/authorise.ts'
import { createObserve } from '../../src/broker/observe.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { minute, targetNamed, tokenOf } from './fixture.ts'
import { addApplication, addTenant, openWorld } from './world.ts'

const away: MintFailure = { code: 'entra_unavailable', retryAfterSeconds: 5 }

async function open(t: Test) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail')
  const tenant = await addTenant(world, 'contoso', ['mail'])
  const target = targetOf(tenant, application, 'graph')
  const observe = createObserve(world.registry, world.clock)
  return {
    world,
    target,
    observe,
    sees: (...roles: readonly string[]) => observe(target, ok(tokenOf(world.clock, { roles }))),
    fails: (failure: MintFailure = away) => observe(target, fail(failure)),
    known: () => world.snapshot().observation(tenant, application, 'graph'),
    revision: () => world.store.revision(),
  }
}

t.test('The roles of a token are kept, with when they were seen', async (t) => {
  const { sees, known } = await open(t)
  await sees('Mail.Read', 'Mail.Send')
  t.match(known(), { roles: ['Mail.Read', 'Mail.Send'], observedAt: /^2026-11-20T12:00:00/ })
  t.notOk(known()?.failure)
})

t.test(
  'A token without roles was seen to have none; one that cannot be read says nothing of them',
  async (t) => {
    const { sees, known, observe, target, world } = await open(t)
    await sees()
    t.strictSame(known()?.roles, [])
    await observe(target, ok(tokenOf(world.clock, { roles: 'unreadable' })))
    t.equal(known()?.roles, undefined)
    t.ok(known()?.observedAt)
  },
)

t.test('A failure is kept with what Microsoft needs to find it, and takes no roles away', async (t) => {
  const { sees, fails, known, world } = await open(t)
  await sees('Mail.Read')
  const seenAt = known()?.observedAt
  world.clock.advance(minute)
  await fails({ code: 'credential_rejected', expectedThumbprint: 'AA', traceId: 't', correlationId: 'c' })
  t.strictSame(known()?.roles, ['Mail.Read'])
  t.equal(known()?.observedAt, seenAt)
  t.strictSame(known()?.failure, {
    code: 'credential_rejected',
    at: new Date(world.clock.now()).toISOString(),
    traceId: 't',
    correlationId: 'c',
  })
})

t.test('A failure of a tenant that was never seen is kept alone', async (t) => {
  const { fails, known } = await open(t)
  await fails()
  t.equal(known()?.failure?.code, 'entra_unavailable')
  t.equal(known()?.roles, undefined)
  t.equal(known()?.observedAt, undefined)
})

t.test('A token after a failure takes the failure away', async (t) => {
  const { sees, fails, known } = await open(t)
  await sees('Mail.Read')
  await fails()
  await sees('Mail.Read')
  t.equal(known()?.failure, undefined)
  t.strictSame(known()?.roles, ['Mail.Read'])
})

t.test('Only news is written: a directory that is the same all day costs one write', async (t) => {
  const { sees, fails, known, revision, world } = await open(t)
  const writes: number[] = []
  const before = await revision()
  const steps = [
    () => sees('Mail.Read'),
    () => sees('Mail.Read'),
    () => sees('Mail.Send'),
    () => fails(),
    () => fails({ ...away, retryAfterSeconds: 60, traceId: 'another' }),
    () => fails({ code: 'application_disabled' }),
    () => sees('Mail.Send'),
    () => sees(),
  ]
  for (const step of steps) {
    world.clock.advance(minute)
    await step()
    writes.push((await revision()) - before)
  }
  t.strictSame(writes, [1, 1, 2, 3, 3, 4, 5, 6])
  t.strictSame(known()?.roles, [])
})

t.test('Since when it fails so is kept, however often it fails again', async (t) => {
  const { fails, known, world } = await open(t)
  await fails()
  const since = known()?.failure?.at
  world.clock.advance(minute)
  await fails()
  t.equal(known()?.failure?.at, since)
})

t.test('Each resource is observed for itself', async (t) => {
  const { sees, known, observe, target, world } = await open(t)
  await sees('Mail.Read')
  await observe({ ...target, resource: 'outlook' }, fail(away))
  t.strictSame(known()?.roles, ['Mail.Read'])
  t.equal(known()?.failure, undefined)
  const [tenant, application] = [world.snapshot().tenant('contoso'), world.snapshot().application('mail')]
  if (tenant === undefined || application === undefined) throw new Error('the stage is not set')
  t.equal(world.snapshot().observation(tenant, application, 'outlook')?.failure?.code, away.code)
})

t.test('A failure that comes right after a token takes no roles away either', async (t) => {
  const { sees, fails, known } = await open(t)
  await Promise.all([sees('Mail.Read'), fails()])
  t.strictSame(known()?.roles, ['Mail.Read'])
  t.equal(known()?.failure?.code, 'entra_unavailable')
})

t.test('Nothing is written of what the registry does not know, nor while it is away', async (t) => {
  const { world, observe, target, revision } = await open(t)
  const before = await revision()
  await observe(targetNamed('northwind', { clientId: target.clientId }), fail(away))
  await observe({ ...target, clientId: 'gone' }, fail(away))
  const never = createRegistry({ ...world, maximumStaleness: 0, pollInterval: 1_000, onError: t.error })
  await createObserve(never, world.clock)(target, fail(away))
  t.equal(await revision(), before)
})
