import t from 'tap'
import { createFailureMemory } from '../../src/broker/failure-memory.ts'
import { contoso, openCache, said, unavailable } from './cache-stage.ts'
import { hour, manualClock, minute, second, targetNamed, tokenOf, turn } from './fixture.ts'

t.test('A failure is remembered for 30 s, which spares Entra whoever asks meanwhile', async (t) => {
  const { acquire, mints, clock } = openCache()
  const first = acquire()
  const mint = await mints.next()
  mint.fail({ code: 'application_not_in_directory', traceId: 'trace' })
  await first
  clock.advance(30 * second - 1)
  const remembered = await acquire()
  t.strictSame(remembered, { ok: false, failure: { code: 'application_not_in_directory', traceId: 'trace' } })
  t.equal(mints.calls.length, 1)
  clock.advance(1)
  acquire()
  t.equal(mints.calls.length, 2)
})

t.test('A remembered failure says how long it will still be remembered', async (t) => {
  const { acquire, mints, clock } = openCache()
  const first = acquire()
  const mint = await mints.next()
  mint.fail(unavailable)
  t.strictSame(await first, { ok: false, failure: { code: 'entra_unavailable', retryAfterSeconds: 5 } })
  t.strictSame(await acquire(), { ok: false, failure: { ...unavailable, retryAfterSeconds: 5 } })
  clock.advance(3.5 * second)
  t.strictSame(await acquire(), { ok: false, failure: { ...unavailable, retryAfterSeconds: 2 } })
})

t.test('Entra is left alone as long as it asks for, but never longer than 5 min', async (t) => {
  for (const [asked, kept] of [
    [120, 120],
    [3_600, 300],
    [7, 7],
    [0, 1],
  ] as const) {
    const { acquire, mints, clock } = openCache()
    const first = acquire()
    const mint = await mints.next()
    mint.fail({ code: 'entra_throttled', retryAfterSeconds: asked })
    await first
    clock.advance(kept * second - 1)
    t.equal(said(await acquire()), 'entra_throttled', `${asked} s asked`)
    t.equal(mints.calls.length, 1)
    clock.advance(1)
    acquire()
    t.equal(mints.calls.length, 2)
  }
})

t.test('Steps of the wall clock do not change how long a failure is remembered', async (t) => {
  const { acquire, mints, clock } = openCache()
  const first = acquire()
  const mint = await mints.next()
  mint.fail(unavailable)
  await first
  clock.step(hour)
  t.equal(said(await acquire()), 'entra_unavailable')
  t.equal(mints.calls.length, 1)
})

t.test('Failures that were mended are forgotten at once, and others stay', async (t) => {
  const { acquire, mints, cache } = openCache()
  mints.always(() => ({ ok: false, failure: unavailable }))
  const fabrikam = targetNamed('fabrikam')
  for (const target of [contoso, fabrikam]) await acquire({}, target)
  cache.forgetFailures(({ directoryId }) => directoryId === contoso.directoryId)
  await acquire()
  t.equal(mints.calls.length, 3)
  await acquire({}, fabrikam)
  t.equal(mints.calls.length, 3)
})

t.test('A failure while a token serves is not remembered against those who can have it', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'T' })
  clock.advance(59 * minute)
  await acquire()
  const renewal = await mints.next()
  renewal.fail({ code: 'entra_throttled', retryAfterSeconds: 300 })
  await turn()
  clock.advance(2 * minute)
  const late = acquire()
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new' }))
  t.equal(said(await late), 'mint new')
})

t.test('The memory is bounded: the oldest failure goes first, a repeated one counts as new', async (t) => {
  const memory = createFailureMemory(manualClock(), 2)
  memory.remember('a', contoso, unavailable)
  memory.remember('b', contoso, unavailable)
  memory.remember('a', contoso, unavailable)
  memory.remember('c', contoso, unavailable)
  t.ok(memory.recall('a'))
  t.notOk(memory.recall('b'))
  t.ok(memory.recall('c'))
})
