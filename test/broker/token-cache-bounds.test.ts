import t from 'tap'
import type { TokenCache } from '../../src/broker/token-cache.ts'
import { createTokenCache } from '../../src/broker/token-cache.ts'
import { contoso, openCache, said } from './cache-stage.ts'
import { guid, manualClock, targetNamed, tokenOf } from './fixture.ts'

t.test('The cache never holds more than it may; what was used longest ago goes first', async (t) => {
  const { cache, acquire, hold, mints } = openCache(3)
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => targetNamed(name))
  for (const target of [a, b, c]) await hold({}, target)
  await acquire({}, a)
  await hold({}, d)
  t.equal(cache.size, 3)
  const before = mints.calls.length
  for (const target of [a, c, d]) t.match(said(await acquire({}, target)), /^hit/)
  t.equal(mints.calls.length, before)
  acquire({}, b)
  t.equal(mints.calls.length, before + 1, 'b was used longest ago')
})

t.test('Where all are in use, one of them makes room nonetheless', async (t) => {
  for (const capacity of [3, 200]) {
    const { cache, acquire, hold } = openCache(capacity)
    const targets = Array.from({ length: capacity }, (_, index) => targetNamed(`t${index}`))
    for (const target of targets) await hold({}, target)
    for (const target of targets) await acquire({}, target)
    for (const name of ['x', 'y', 'z']) {
      await hold({}, targetNamed(name))
      t.equal(cache.size, capacity)
      t.match(said(await acquire({}, targetNamed(name))), /^hit/, 'and it is not the newest')
    }
  }
})

t.test('A renewal counts as use and takes no second place', async (t) => {
  const { cache, acquire, hold, mints, clock } = openCache(2)
  await hold({ refreshIn: 0 })
  await hold({ refreshIn: 3_600_000 }, targetNamed('fabrikam'))
  await acquire()
  const renewal = await mints.next()
  renewal.succeed(tokenOf(clock, { value: 'new', refreshIn: 3_600_000 }))
  await hold({}, targetNamed('northwind'))
  t.equal(cache.size, 2)
  t.equal(said(await acquire()), 'hit new')
})

t.test('A token that was put out comes back through a mint of its own', async (t) => {
  const { acquire, hold } = openCache(1)
  await hold({ value: 'C' })
  await hold({ value: 'F' }, targetNamed('fabrikam'))
  await hold({ value: 'C2' })
  t.equal(said(await acquire()), 'hit C2')
})

/** Microseconds a hit, as the median of many rounds. */
async function timeOfHits(cache: TokenCache, entries: number): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < 60; round += 1) {
    const startedAt = performance.now()
    for (let i = 0; i < 100; i += 1) {
      const directoryId = `directory-${((round * 100 + i) * 7_919) % entries}`
      await cache.acquire({ ...contoso, directoryId }, {})
    }
    rounds.push((performance.now() - startedAt) * 10)
  }
  return rounds.sort((a, b) => a - b)[30] ?? 0
}

t.test('A hit takes no longer for more tenants: 100,000 are not 100 times slower than 1,000', async (t) => {
  const medians: number[] = []
  for (const entries of [1_000, 100_000]) {
    const clock = manualClock()
    const mint = async () => ({ ok: true, value: tokenOf(clock, { value: guid('same') }) }) as const
    const cache = createTokenCache({ mint, clock, capacity: entries, onError: t.error })
    for (let i = 0; i < entries; i += 1) {
      await cache.acquire({ ...contoso, directoryId: `directory-${i}` }, {})
    }
    t.equal(cache.size, entries)
    medians.push(await timeOfHits(cache, entries))
  }
  const [few = 0, many = 0] = medians
  t.ok(many < Math.max(few, 1) * 25, `${few} µs against ${many} µs`)
})
