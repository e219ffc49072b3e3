import t from 'tap'
import { openCache, said, unavailable } from './cache-stage.ts'
import { minute, second, tokenOf } from './fixture.ts'

t.test('A token that lives long enough is handed out as it is', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'T' })
  clock.advance(10 * minute)
  t.equal(said(await acquire({ minimumValidity: 50 * minute })), 'hit T')
  t.equal(mints.calls.length, 1)
})

t.test('A token that would end too soon for its caller is renewed first', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'old' })
  clock.advance(10 * minute)
  const demanding = acquire({ minimumValidity: 50 * minute + 1 })
  t.equal(said(await acquire()), 'hit old', 'nobody else waits')
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new' }))
  t.equal(said(await demanding), 'mint new')
})

t.test('Two who want a longer life share one mint', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'old', refreshIn: 0 })
  await acquire()
  const demanding = acquire({ minimumValidity: 61 * minute })
  t.equal(mints.calls.length, 2)
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new' }))
  t.equal(said(await demanding), 'shared new')
})

t.test('Where no newer token can be had, the held one must do', async (t) => {
  const { acquire, hold, mints } = openCache()
  await hold({ value: 'old' })
  const demanding = acquire({ minimumValidity: 61 * minute })
  const mint = await mints.next()
  mint.fail(unavailable)
  const answer = await demanding
  t.ok(answer.ok && answer.value.token.value === 'old')
})

t.test('A held token that ended during the wait does not do', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'old' })
  clock.advance(58 * minute)
  const demanding = acquire({ minimumValidity: 10 * minute })
  const mint = await mints.next()
  clock.advance(minute + second)
  mint.fail(unavailable)
  t.equal(said(await demanding), 'entra_unavailable')
})

t.test('Demands that Entra cannot meet cost a mint every 30 s, then 1, 2, 4 and at last 5 min', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: '0' })
  const times: number[] = []
  mints.always(() => {
    times.push(clock.monotonic())
    return { ok: true, value: tokenOf(clock) }
  })
  const demand = () => acquire({ minimumValidity: 120 * minute })
  for (let tick = 0; tick < 300; tick += 1) {
    await demand()
    clock.advance(5 * second)
  }
  const gaps = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / second)
  t.strictSame(gaps, [30, 60, 120, 240, 300, 300, 300])
})
