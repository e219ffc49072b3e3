import fc from 'fast-check'
import t, { type Test } from 'tap'
import { findConsent } from '../../src/broker/consent-finding.ts'
import { claimOf } from '../../src/broker/consent-subject.ts'
import { createConsentVerification, type Wait } from '../../src/broker/consent-verification.ts'
import { createObserve } from '../../src/broker/observe.ts'
import { createTokenCache } from '../../src/broker/token-cache.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok, type Result } from '../../src/domain/result.ts'
import type { AccessToken, TokenTarget } from '../../src/domain/token.ts'
import { minute, second, tokenOf, turn } from './fixture.ts'
import { addApplication, addTenant, alter, openWorld } from './world.ts'

type Mint = (target: TokenTarget) => Promise<Result<AccessToken, MintFailure>>
const absent: MintFailure = { code: 'application_not_in_directory' }

interface Scene {
  readonly permissions?: readonly string[]
  readonly wait?: Wait
}

/** A tenant whose administrator consents, and Entra as the test has it answer. */
async function open(t: Test, { permissions, wait }: Scene = {}) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail', permissions)
  const tenant = await addTenant(world, 'contoso', ['mail'])
  const { clock, registry } = world
  const asked: TokenTarget[] = []
  /** Seconds after the start at which Entra was asked. */
  const times: number[] = []
  const startedAt = clock.now()
  const script: { answer: Mint } = { answer: async () => fail(absent) }
  const mint: Mint = (target) => {
    asked.push(target)
    times.push((clock.now() - startedAt) / second)
    return script.answer(target)
  }
  const cache = createTokenCache({ mint, clock, capacity: 10, onError: t.error })
  const observe = createObserve(registry, clock)
  const errors: unknown[] = []
  const verification = createConsentVerification({
    registry,
    mint,
    cache,
    observe,
    clock,
    wait: wait ?? (async (milliseconds) => clock.advance(milliseconds)),
    onError: (error) => errors.push(error),
  })
  const subject = { tenant, application }
  const finding = (since: number) => findConsent(world.snapshot(), subject, new Date(since).toISOString())
  return {
    ...{ world, verification, script, asked, times, errors, cache, subject, startedAt, finding },
    start: () => verification.start(claimOf(subject), clock.now()),
    /** Until nothing runs any more that needs no more than a turn to do so. */
    async settle() {
      for (let turns = 0; turns < 40; turns += 1) await turn()
    },
  }
}

t.test('A consent is looked for at once and then less and less often, for a minute', async (t) => {
  const { start, settle, times, finding, startedAt } = await open(t)
  start()
  await settle()
  t.strictSame(times, [0, 2, 4, 8, 15, 25, 40, 58])
  t.match(finding(startedAt), { kind: 'missing', permissions: [{ value: 'Mail.Read' }] })
})

t.test('It ends as soon as all that was declared is there, in every resource', async (t) => {
  const permissions = ['Mail.Read', 'outlook:IMAP.AccessAsApp']
  const { start, settle, asked, script, world, finding, startedAt } = await open(t, { permissions })
  script.answer = async ({ resource }) => {
    const roles = resource === 'graph' ? ['Mail.ReadWrite'] : asked.length > 4 ? ['IMAP.AccessAsApp'] : []
    return ok(tokenOf(world.clock, { roles }))
  }
  start()
  await settle()
  t.equal(asked.length, 6, 'two resources, three times')
  t.strictSame(finding(startedAt), { kind: 'ready' })
})

t.test('What was known before is looked at anew, so that the page knows that it was', async (t) => {
  const { start, settle, script, world, finding, asked } = await open(t)
  script.answer = async () => ok(tokenOf(world.clock))
  start()
  await settle()
  world.clock.advance(minute)
  const again = world.clock.now()
  t.strictSame(finding(again), { kind: 'unseen' })
  start()
  await settle()
  t.strictSame(finding(again), { kind: 'ready' })
  world.clock.advance(minute)
  script.answer = async () => fail(absent)
  start()
  await settle()
  const { length } = asked
  const { revision } = world.snapshot()
  const third = world.clock.now()
  start()
  await settle()
  t.equal(asked.length, length + 8)
  t.equal(world.snapshot().revision, revision + 1, 'and is written once')
  t.match(finding(third), { kind: 'missing' })
})

t.test('Whoever was refused before the consent is served after it', async (t) => {
  const { start, settle, script, world, cache, asked } = await open(t)
  start()
  await settle()
  const [target] = asked
  if (target === undefined) throw new Error('Entra was not asked')
  t.match(await cache.acquire(target, {}), { ok: false })
  script.answer = async () => ok(tokenOf(world.clock))
  t.match(await cache.acquire(target, {}), { ok: false }, 'remembered')
  start()
  await settle()
  t.match(await cache.acquire(target, {}), { ok: true })
})

t.test('Entra is left alone for as long as it asks', async (t) => {
  const { start, settle, script, times, finding, startedAt } = await open(t)
  script.answer = async () => fail({ code: 'entra_throttled', retryAfterSeconds: 20 })
  start()
  await settle()
  t.strictSame(times, [0, 25, 58])
  t.match(finding(startedAt), { kind: 'failed', failure: { code: 'entra_throttled' } })
})

t.test('It ends with what it is for: a tenant that is disabled, or changed its epoch', async (t) => {
  for (const [column, value] of [
    ['enabled', 0],
    ['epoch', 1_000],
  ] as const) {
    const { start, settle, script, world, asked } = await open(t)
    script.answer = async () => {
      await alter(world, 'tenant', 'contoso', column, value)
      return fail(absent)
    }
    start()
    await settle()
    t.equal(asked.length, 1, column)
  }
})

t.test('A broker that closes asks no more, and writes nothing of what is still answered', async (t) => {
  const answered = Promise.withResolvers<Result<AccessToken, MintFailure>>()
  const { start, settle, script, verification, world, asked } = await open(t)
  script.answer = () => answered.promise
  start()
  await settle()
  const { revision } = world.snapshot()
  verification.stop()
  answered.resolve(ok(tokenOf(world.clock)))
  await settle()
  start()
  await settle()
  t.equal(world.snapshot().revision, revision)
  t.equal(asked.length, 1)
})

t.test('A fault of the broker ends one flight and keeps no later one from starting', async (t) => {
  const { start, settle, script, errors, world, finding, startedAt } = await open(t)
  script.answer = async () => {
    throw new Error('a fault of ours')
  }
  start()
  await settle()
  t.match(errors, [{ message: 'a fault of ours' }])
  script.answer = async () => ok(tokenOf(world.clock))
  start()
  await settle()
  t.strictSame(finding(startedAt), { kind: 'ready' })
})

t.test('However consents, answers and waits interleave, one flight looks, and all are found', async (t) => {
  let joined = 0
  const scene = await open(t)
  const { world, subject, finding } = scene
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 6 }),
    // One fewer than there are looks at a consent, so that the last of them finds it.
    fc.array(fc.boolean(), { maxLength: 7 }),
    async (scheduler, pauses, absences) => {
      let flying = 0
      let mostFlying = 0
      let running = 0
      const answers = absences[Symbol.iterator]()
      const { clock, registry } = world
      world.clock.advance(2 * minute)
      const verification = createConsentVerification({
        registry,
        cache: scene.cache,
        observe: createObserve(registry, clock),
        clock,
        async mint() {
          flying += 1
          mostFlying = Math.max(mostFlying, flying)
          await scheduler.schedule(Promise.resolve(), 'mint')
          flying -= 1
          return answers.next().value ? fail(absent) : ok(tokenOf(clock))
        },
        async wait(milliseconds, signal) {
          const woken = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          const over = scheduler.schedule(Promise.resolve(), 'wait').then(() => clock.advance(milliseconds))
          await Promise.race([woken, over])
        },
        onError: t.error,
      })
      const starts: number[] = []
      for (const pause of pauses) {
        running += 1
        scheduler.schedule(Promise.resolve(), 'consent').then(() => {
          running -= 1
          clock.advance(pause)
          if (flying > 0) joined += 1
          starts.push(clock.now())
          verification.start(claimOf(subject), clock.now())
        })
      }
      const notFound = () => starts.filter((since) => finding(since).kind !== 'ready')
      // What the registry writes in between is no task of the scheduler, and a slow machine takes its time for it.
      const end = performance.now() + 5_000
      for (let idle = 0; idle < 4; idle += 1) {
        const goesOn = running > 0 || flying > 0 || notFound().length > 0
        if (scheduler.count() > 0 || (goesOn && performance.now() < end)) idle = 0
        await scheduler.waitIdle()
        await turn()
      }
      if (mostFlying > 1) throw new Error(`${mostFlying} at a time`)
      if (running > 0 || flying > 0) throw new Error('something never ended')
      const late = notFound()
      if (late.length > 0) throw new Error(`${late.length} of ${starts.length} were not found`)
    },
  )
  await fc.assert(property, { numRuns: 300 })
  t.ok(joined > 100, `${joined} joined a flight`)
})
