import t from 'tap'
import { openCache, said, unavailable } from './cache-stage.ts'
import { hour, minute, second, sha256, tokenOf, turn } from './fixture.ts'

t.test('A rejected token is minted anew for who says so, and the others keep it meanwhile', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  const old = await hold({ value: 'old' })
  const told = acquire({ rejectedSha256: sha256(old.value) })
  t.equal(mints.calls.length, 2)
  t.equal(said(await acquire()), 'hit old')
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new' }))
  t.equal(said(await told), 'mint new')
  t.equal(said(await acquire()), 'hit new')
})

t.test('Rejecting a token that is not the current one gives the current one', async (t) => {
  const { acquire, hold, mints } = openCache()
  await hold({ value: 'T' })
  t.equal(said(await acquire({ rejectedSha256: sha256('another') })), 'hit T')
  t.equal(said(await acquire({ rejectedSha256: sha256('T').toUpperCase() })), 'hit T')
  t.equal(mints.calls.length, 1)
})

t.test('A target is minted anew for rejections once in 30 s, whoever rejects', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  await hold({ value: 'A' })
  for (const [held, next] of [
    ['A', 'B'],
    ['B', 'C'],
    ['C', 'D'],
  ] as const) {
    const told = acquire({ rejectedSha256: sha256(held) })
    const mint = await mints.next()
    mint.succeed(tokenOf(clock, { value: next }))
    t.equal(said(await told), `mint ${next}`)
    const before = mints.calls.length
    clock.advance(30 * second - 1)
    t.equal(said(await acquire({ rejectedSha256: sha256(next) })), `hit ${next}`, 'too early')
    t.equal(mints.calls.length, before)
    clock.advance(1)
  }
})

t.test('A renewal that began before the rejection is detached and what it brings is not kept', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  const old = await hold({ value: 'old' })
  clock.advance(hour / 2)
  await acquire()
  const renewal = await mints.next()
  const told = acquire({ rejectedSha256: sha256(old.value) })
  t.equal(mints.calls.length, 3)
  const anew = await mints.next()

  renewal.succeed(tokenOf(clock, { value: 'stale' }))
  await turn()
  t.equal(said(await acquire()), 'hit old')
  anew.succeed(tokenOf(clock, { value: 'new' }))
  t.equal(said(await told), 'mint new')
  t.equal(said(await acquire()), 'hit new')
})

t.test('A detached renewal that comes last does not take the place of the newer token', async (t) => {
  const { acquire, hold, mints, clock, errors } = openCache()
  const old = await hold({ value: 'old' })
  for (const settle of ['succeed', 'fail', 'crash'] as const) {
    clock.advance(hour / 2)
    await acquire()
    const renewal = await mints.next()
    const told = acquire({ rejectedSha256: sha256(said(await acquire()).replace('hit ', '')) })
    const anew = await mints.next()
    anew.succeed(tokenOf(clock, { value: `new ${settle}` }))
    await told
    if (settle === 'succeed') renewal.succeed(old)
    else if (settle === 'fail') renewal.fail(unavailable)
    else renewal.crash(new Error('a fault of the broker'))
    await turn()
    t.equal(said(await acquire()), `hit new ${settle}`)
  }
  t.strictSame(errors, [], 'nobody is told of what nobody waits for')
})

t.test('Who waited for a flight that is detached still gets what it brings', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  const old = await hold({ value: 'old' })
  const impatient = acquire({ minimumValidity: 2 * hour })
  const first = await mints.next()
  const told = acquire({ rejectedSha256: sha256(old.value) })
  const second = await mints.next()
  first.succeed(tokenOf(clock, { value: 'first' }))
  second.succeed(tokenOf(clock, { value: 'second' }))
  t.equal(said(await impatient), 'mint first')
  t.equal(said(await told), 'mint second')
  t.equal(said(await acquire()), 'hit second')
})

t.test('Where no token can be had instead of a rejected one, the failure is told', async (t) => {
  const { acquire, hold, mints } = openCache()
  const old = await hold({ value: 'old' })
  const told = acquire({ rejectedSha256: sha256(old.value) })
  const mint = await mints.next()
  mint.fail(unavailable)
  t.equal(said(await told), 'entra_unavailable')
  t.equal(said(await acquire()), 'hit old', 'one word against it takes it from nobody else')
})

t.test('A rejected token that is over anyway is just minted', async (t) => {
  const { acquire, hold, mints, clock } = openCache()
  const old = await hold({ value: 'old' })
  clock.advance(hour - minute + 1)
  const told = acquire({ rejectedSha256: sha256(old.value) })
  const other = acquire()
  t.equal(mints.calls.length, 2)
  const mint = await mints.next()
  mint.succeed(tokenOf(clock, { value: 'new' }))
  t.strictSame([said(await told), said(await other)], ['mint new', 'shared new'])
})
