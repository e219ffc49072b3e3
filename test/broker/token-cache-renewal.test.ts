import t from 'tap'
import { openCache, said, unavailable } from './cache-stage.ts'
import { hour, minute, second, tokenOf, turn } from './fixture.ts'

t.test('A token that is due is answered with at once while its renewal is under way', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'old', refreshIn: 30 * minute })
  clock.advance(30 * minute - 1)
  t.equal(said(await acquire()), 'hit old')
  t.equal(mints.calls.length, 1, 'not due yet')

  clock.advance(1)
  t.equal(said(await acquire()), 'hit old')
  t.equal(said(await acquire()), 'hit old')
  t.equal(mints.calls.length, 2, 'one renewal, however many ask')

  const renewal = await mints.next()
  renewal.succeed(tokenOf(clock, { value: 'new' }))
  await turn()
  t.equal(said(await acquire()), 'hit new')
  t.equal(mints.calls.length, 2)
})

t.test('Nobody who asks, no renewal: requests drive it and no timer does', async (t) => {
  const { hold, mints, clock } = openCache()
  await hold()
  clock.advance(50 * minute)
  await turn()
  t.equal(mints.calls.length, 1)
})

t.test('A renewal that fails never fails a caller; it is tried again after 5 s, 10 s, … 5 min', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'T', lifetime: 10 * hour, refreshIn: 0 })
  const waits = [0, 5, 10, 20, 40, 80, 160, 300, 300].map((seconds) => seconds * second)
  for (const [index, wait] of waits.entries()) {
    if (wait > 0) {
      clock.advance(wait - 1)
      t.equal(said(await acquire()), 'hit T')
      t.equal(mints.calls.length, index + 1, `no sooner than ${wait} ms after failure ${index}`)
      clock.advance(1)
    }
    t.equal(said(await acquire()), 'hit T')
    t.equal(mints.calls.length, index + 2, `again ${wait} ms after failure ${index}`)
    const renewal = await mints.next()
    renewal.fail(unavailable)
    await turn()
  }
})

t.test('A renewal that succeeds starts the waits anew', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ lifetime: 10 * hour, refreshIn: 0 })
  for (const wait of [0, 5, 10]) {
    clock.advance(wait * second)
    await acquire()
    const renewal = await mints.next()
    renewal.fail(unavailable)
    await turn()
  }
  clock.advance(20 * second)
  await acquire()
  const renewal = await mints.next()
  renewal.succeed(tokenOf(clock, { lifetime: 10 * hour, refreshIn: 0 }))
  await turn()
  await acquire()
  const next = await mints.next()
  next.fail(unavailable)
  await turn()
  const before = mints.calls.length
  clock.advance(5 * second)
  await acquire()
  t.equal(mints.calls.length, before + 1)
})

t.test('A renewal that throws waits like one that fails, so that a fault is no storm', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ refreshIn: 0 })
  await acquire()
  const renewal = await mints.next()
  renewal.crash(new Error('a fault of the broker'))
  await turn()
  await acquire()
  t.equal(mints.calls.length, 2, 'not at once')
  clock.advance(5 * second)
  await acquire()
  t.equal(mints.calls.length, 3)
})

t.test('Who comes when the held token is over waits for the renewal that is under way', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'old' })
  clock.advance(59 * minute)
  await acquire()
  const renewal = await mints.next()
  clock.advance(second)
  const late = acquire()
  t.equal(mints.calls.length, 2)
  renewal.succeed(tokenOf(clock, { value: 'new' }))
  t.equal(said(await late), 'shared new')
})

t.test('Once the token is over, failing renewals fail the callers', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold()
  clock.advance(59 * minute)
  await acquire()
  const renewal = await mints.next()
  renewal.fail(unavailable)
  await turn()
  clock.advance(second)
  const late = acquire()
  const mint = await mints.next()
  mint.fail(unavailable)
  t.equal(said(await late), 'entra_unavailable')
})
