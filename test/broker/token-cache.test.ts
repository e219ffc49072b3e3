import t from 'tap'
import { targetKey } from '../../src/domain/token.ts'
import { contoso, openCache, said, unavailable } from './cache-stage.ts'
import { hour, minute, second, targetNamed, tokenOf, turn } from './fixture.ts'

t.test('A thousand who ask at once cost one mint: one is told that it minted, the rest shared', async (t) => {
  const { acquire, mints, clock, cache } = openCache()
  const waiting = Array.from({ length: 1_000 }, () => acquire())
  t.equal(mints.calls.length, 1)
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'T' }))
  const answers = (await Promise.all(waiting)).map(said)
  t.strictSame(answers, ['mint T', ...Array.from({ length: 999 }, () => 'shared T')])
  t.equal(cache.size, 1)
  t.equal(said(await acquire()), 'hit T')
  t.equal(mints.calls.length, 1)
})

t.test('A mint that fails fails all who waited for it, with what it said', async (t) => {
  const { acquire, mints, cache } = openCache()
  const waiting = [acquire(), acquire(), acquire()]
  const mint = await mints.next()
  mint.fail({ code: 'application_disabled', traceId: 'trace' })
  for (const answer of await Promise.all(waiting)) {
    t.strictSame(answer, { ok: false, failure: { code: 'application_disabled', traceId: 'trace' } })
  }
  t.equal(mints.calls.length, 1)
  t.equal(cache.size, 0)
})

t.test('A target is another one as soon as any part of it differs', async (t) => {
  const { acquire, mints } = openCache()
  const others = [
    targetNamed('fabrikam'),
    { ...contoso, cloud: 'usgov' as const },
    { ...contoso, clientId: 'other' },
    { ...contoso, resource: 'outlook' as const },
    { ...contoso, applicationEpoch: 3 },
    { ...contoso, tenantEpoch: 3 },
  ]
  for (const target of [contoso, ...others]) acquire({}, target)
  t.strictSame(
    mints.calls.map(({ asked }) => targetKey(asked)),
    [contoso, ...others].map(targetKey),
  )
})

t.test('Targets do not wait for each other', async (t) => {
  const { acquire, mints, clock } = openCache()
  const slow = acquire()
  const quick = acquire({}, targetNamed('fabrikam'))
  const [first, other] = [await mints.next(), await mints.next()]
  other.succeed(tokenOf(clock, { value: 'F' }))
  t.equal(said(await quick), 'mint F')
  first.succeed(tokenOf(clock, { value: 'C' }))
  t.equal(said(await slow), 'mint C')
})

t.test('A token serves until a minute before its end, then a new one is minted', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'old', refreshIn: 2 * hour })
  clock.advance(hour - minute)
  t.equal(said(await acquire()), 'hit old')
  clock.advance(1)
  const waiting = acquire()
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new' }))
  t.equal(said(await waiting), 'mint new')
})

t.test('Of a token of twenty seconds the last two are not handed out', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'short', lifetime: 20 * second, refreshIn: hour })
  clock.advance(18 * second)
  t.equal(said(await acquire()), 'hit short')
  clock.advance(1)
  acquire()
  t.equal(mints.calls.length, 2)
})

t.test('Steps of the wall clock neither end a token nor revive one', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'T', refreshIn: 2 * hour })
  clock.step(10 * hour)
  t.equal(said(await acquire()), 'hit T')
  clock.step(-20 * hour)
  clock.advance(hour)
  acquire()
  t.equal(mints.calls.length, 2, 'the token is over although the wall clock says that it is not')
})

t.test('A mint that throws fails those who waited and leaves nothing behind', async (t) => {
  const { acquire, mints, clock, errors } = openCache()
  const waiting = [acquire(), acquire()]
  const mint = await mints.next()
  const fault = new Error('a fault of the broker')
  mint.crash(fault)
  for (const answer of waiting) await t.rejects(answer, fault)
  t.strictSame(errors, [fault])
  const next = acquire()
  const second = await mints.next()
  second.succeed(tokenOf(clock, { value: 'T' }))
  t.equal(said(await next), 'mint T')
})

t.test('A renewal that throws is reported and costs no caller its token', async (t) => {
  const { acquire, hold, mints, clock, errors } = openCache()
  await hold({ value: 'T' })
  clock.advance(hour / 2)
  t.equal(said(await acquire()), 'hit T')
  const renewal = await mints.next()
  renewal.crash(new Error('a fault of the broker'))
  await turn()
  t.equal(errors.length, 1)
  t.equal(said(await acquire()), 'hit T')
})

t.test('A token that comes after failures takes their memory away', async (t) => {
  const { acquire, mints, hold, clock } = openCache()
  const failing = acquire()
  const mint = await mints.next()
  mint.fail(unavailable)
  await failing
  clock.advance(30 * second)
  await hold({ value: 'T' })
  t.equal(said(await acquire()), 'hit T')
})
