import t from 'tap'
import { contoso, openCache, said, unavailable } from './cache-stage.ts'
import { hour, minute, second, tokenOf, turn } from './fixture.ts'

t.test('A token that was just minted is not minted again: its roles are what they are', async (t) => {
  const { cache, hold, mints, clock } = openCache()
  const held = await hold({ roles: [] })
  clock.advance(30 * second - 1)
  t.equal(await cache.reissue(contoso, held), undefined)
  t.equal(mints.calls.length, 1)
})

t.test('After half a minute a newer token may be had; who else asks shares it', async (t) => {
  const { cache, hold, acquire, mints, clock } = openCache()
  const held = await hold({ value: 'old' })
  clock.advance(30 * second)
  const waiting = [cache.reissue(contoso, held), cache.reissue(contoso, held)]
  t.equal(mints.calls.length, 2)
  t.equal(said(await acquire()), 'hit old', 'who needs no more than it has does not wait')
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new' }))
  t.strictSame((await Promise.all(waiting)).map(said), ['mint new', 'shared new'])
  t.equal(said(await acquire()), 'hit new')
})

t.test('Who holds an older token than the cache gets the one of the cache, without a mint', async (t) => {
  const { cache, hold, acquire, mints, clock } = openCache()
  const old = await hold({ value: 'old' })
  clock.advance(hour / 2)
  await acquire()
  const renewal = await mints.next()
  renewal.succeed(tokenOf(clock, { value: 'new' }))
  await turn()
  t.equal(said(await cache.reissue(contoso, old)), 'shared new')
  t.equal(mints.calls.length, 2)
})

t.test('What is no longer in the cache is not reissued', async (t) => {
  const { cache, clock } = openCache()
  t.equal(await cache.reissue(contoso, tokenOf(clock)), undefined)
})

t.test('Where no newer token can be had, the held one stays', async (t) => {
  const { cache, hold, acquire, mints, clock } = openCache()
  const held = await hold({ value: 'old' })
  clock.advance(30 * second)
  const waiting = cache.reissue(contoso, held)
  const mint = await mints.next()
  mint.fail(unavailable)
  const answer = await waiting
  t.equal(said(answer), 'hit old')
  t.equal(said(await acquire()), 'hit old')
})

t.test('Once a newer token was seen elsewhere, the next caller asks at once, and once', async (t) => {
  const { cache, hold, acquire, mints, clock } = openCache()
  cache.allowReissue(contoso)
  const held = await hold({ roles: ['Calendars.Read'] })
  cache.allowReissue(contoso)
  t.equal(mints.calls.length, 1, 'nothing is minted for nobody')
  const waiting = cache.reissue(contoso, held)
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new', roles: ['Calendars.Read'] }))
  t.equal(said(await waiting), 'mint new')
  const newer = await acquire()
  t.equal(newer.ok && (await cache.reissue(contoso, newer.value.token)), undefined, 'too early again')
})

async function gapsOfReissues(roles: readonly string[], minutes: number): Promise<number[]> {
  const { cache, hold, clock, mints } = openCache()
  let held = await hold({ roles, lifetime: 10 * hour, refreshIn: 10 * hour })
  const times = [clock.monotonic()]
  mints.always(() => {
    times.push(clock.monotonic())
    return { ok: true, value: tokenOf(clock, { roles, lifetime: 10 * hour, refreshIn: 10 * hour }) }
  })
  for (let tick = 0; tick < minutes * 12; tick += 1) {
    clock.advance(5 * second)
    const answer = await cache.reissue(contoso, held)
    if (answer?.ok) held = answer.value.token
  }
  return times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / second)
}

t.test('A lacking role costs a mint after 30 s, then 30 s, 1, 2, 4 and at last 5 min', async (t) => {
  t.strictSame(await gapsOfReissues(['Mail.Read'], 24), [30, 30, 60, 120, 240, 300, 300, 300])
})

t.test('A tenant without any role is looked at every 30 s: somebody is setting it up', async (t) => {
  t.strictSame(await gapsOfReissues([], 4), [30, 30, 30, 30, 30, 30, 30, 30])
})

t.test('A renewal does not allow the next reissue earlier', async (t) => {
  const { cache, hold, acquire, mints, clock } = openCache()
  const first = await hold({ lifetime: hour, refreshIn: minute })
  clock.advance(30 * second)
  mints.always(() => ({ ok: true, value: tokenOf(clock, { refreshIn: second }) }))
  await cache.reissue(contoso, first)
  clock.advance(second)
  await acquire()
  await turn()
  const renewed = await acquire()
  t.equal(mints.calls.length, 3)
  t.equal(renewed.ok && (await cache.reissue(contoso, renewed.value.token)), undefined)
})
