import t, { type Test } from 'tap'
import { type GuardedCloud, guardIssuer } from '../../src/broker/guard-issuer.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import type { TokenTarget } from '../../src/domain/token.ts'
import { manualClock, minute, second, targetNamed, tokenOf, turn } from './fixture.ts'
import { acquisitionOf } from './guard-stage.ts'
import { scriptedIssuer } from './scripted.ts'

const away: MintFailure = { code: 'entra_unavailable', retryAfterSeconds: 30 }
const throttled = (seconds: number): MintFailure => ({
  code: 'entra_throttled',
  retryAfterSeconds: seconds,
  traceId: 'a-trace',
})

function stage(limits = { flights: 512, queue: 200, patience: 250 }) {
  const clock = manualClock()
  const { script, ...issuer } = scriptedIssuer()
  const changes: string[] = []
  const guard = guardIssuer({
    issuer,
    clock,
    limits,
    onBreaker: (cloud, state) => changes.push(`${cloud} ${state}`),
  })
  const ask = (target: TokenTarget, who: 'forCallers' | 'forOperators' = 'forCallers') =>
    guard[who].acquire(acquisitionOf(target))
  /** Asks while Entra answers so, or issues a token where nothing is said. */
  async function askWhile(target: TokenTarget, failure?: MintFailure, who?: 'forOperators') {
    script.always(() => (failure === undefined ? ok(tokenOf(clock)) : fail(failure)))
    const result = await ask(target, who)
    return result.ok ? 'issued' : [result.failure.code, seconds(result.failure)]
  }
  const seconds = (failure: MintFailure) =>
    'retryAfterSeconds' in failure ? failure.retryAfterSeconds : undefined
  const shown = (name = 'global'): GuardedCloud | undefined =>
    guard.clouds().find(({ cloud }) => cloud === name)
  return { clock, script, changes, ask, askWhile, shown }
}

/** Five failures in a row, each of another directory. */
async function openBreaker(t: Test, { askWhile, script, shown }: ReturnType<typeof stage>) {
  for (let number = 1; number <= 5; number += 1) {
    t.equal(shown()?.open, 0)
    t.same(await askWhile(targetNamed(`down-${number}`), away), ['entra_unavailable', 30])
  }
  t.equal(shown()?.open, 1)
  return script.calls.length
}

t.test('after 429 nothing is asked of the pair before Retry-After, for whatever resource', async (t) => {
  const { clock, script, askWhile, shown } = stage()
  const graph = targetNamed('contoso')
  const outlook = targetNamed('contoso', { resource: 'outlook', tenantEpoch: 9 })
  t.same(await askWhile(graph, throttled(45)), ['entra_throttled', 45])
  t.equal(shown()?.gates, 1)
  clock.advance(10 * second)
  for (const target of [graph, outlook]) t.same(await askWhile(target), ['entra_throttled', 35])
  t.same(await askWhile(outlook, undefined, 'forOperators'), ['entra_throttled', 35], 'nor by operators')
  t.equal(script.calls.length, 1)
  t.equal(await askWhile(targetNamed('fabrikam')), 'issued', 'another directory')
  t.equal(await askWhile(targetNamed('contoso', { clientId: 'other' })), 'issued', 'another application')
  t.equal(await askWhile(targetNamed('contoso', { cloud: 'china' })), 'issued', 'another cloud')
  clock.advance(35 * second - 1)
  t.same(await askWhile(graph), ['entra_throttled', 1])
  clock.advance(1)
  t.equal(await askWhile(graph), 'issued')
  t.equal(shown()?.gates, 0)
})

t.test('of two pauses the longer stands, and no success that was under way ends it', async (t) => {
  const { clock, script, ask, askWhile } = stage()
  const target = targetNamed('contoso')
  const flights = [ask(target), ask(target), ask(target)]
  await turn()
  const [first, second_, third] = script.calls
  first?.fail(throttled(60))
  await flights[0]
  second_?.fail(throttled(5))
  await flights[1]
  third?.succeed(tokenOf(clock))
  await flights[2]
  clock.advance(6 * second)
  t.same(await askWhile(target), ['entra_throttled', 54])
})

t.test('what Entra said when it throttled is said again', async (t) => {
  const { ask, askWhile } = stage()
  await askWhile(targetNamed('contoso'), throttled(45))
  t.same(await ask(targetNamed('contoso')), fail(throttled(45)))
})

t.test('five failures within 30 s: Entra is left alone for 30 s, then one request tries', async (t) => {
  const it = stage()
  const { clock, script, changes, ask, askWhile, shown } = it
  const calls = await openBreaker(t, it)
  t.same(await askWhile(targetNamed('contoso')), ['entra_unavailable', 30])
  t.equal(await askWhile(targetNamed('contoso', { cloud: 'china' })), 'issued', 'another cloud')
  clock.advance(12 * second)
  t.same(await askWhile(targetNamed('contoso')), ['entra_unavailable', 18], 'the rest of it')
  t.equal(script.calls.length, calls + 1)
  clock.advance(18 * second)

  const other = stage()
  await openBreaker(t, other)
  other.clock.advance(30 * second)
  const asked = other.script.calls.length
  other.script.always(() => fail(away))
  const probes = await Promise.all([1, 2, 3].map((number) => other.ask(targetNamed(`probe-${number}`))))
  t.same(probes, [
    fail(away),
    fail({ code: 'entra_unavailable', retryAfterSeconds: 1 }),
    fail({ code: 'entra_unavailable', retryAfterSeconds: 1 }),
  ])
  t.equal(other.script.calls.length, asked + 1, 'one at a time')
  t.same(await other.askWhile(targetNamed('contoso')), ['entra_unavailable', 30], 'and again for 30 s')

  t.ok((await ask(targetNamed('contoso'))).ok, 'an answer closes it')
  t.equal(shown()?.open, 0)
  t.same(changes, ['global open', 'global closed'])
  for (let number = 0; number < 4; number += 1) await askWhile(targetNamed('down'), away)
  t.equal(shown()?.open, 0, 'and counting begins anew')
})

t.test('failures that are further apart, or with an answer between them, leave it closed', async (t) => {
  const { clock, askWhile, shown } = stage()
  for (let number = 0; number < 12; number += 1) {
    await askWhile(targetNamed('down'), away)
    clock.advance(7.5 * second)
  }
  t.equal(shown()?.open, 0, 'four within 30 s')
  clock.advance(minute)
  for (let number = 0; number < 12; number += 1) {
    await askWhile(targetNamed('down'), away)
    if (number % 4 === 3) await askWhile(targetNamed('up'))
  }
  t.equal(shown()?.open, 0)
})

t.test('whatever Entra says is an answer; what the vault says is none', async (t) => {
  const said: MintFailure[] = [
    { code: 'entra_nonsense' },
    { code: 'credential_rejected' },
    { code: 'application_not_in_directory' },
    throttled(1),
  ]
  for (const failure of said) {
    const it = stage()
    for (let number = 0; number < 9; number += 1) await it.askWhile(targetNamed(`t-${number}`), failure)
    t.equal(it.shown()?.open, 0, failure.code)
    await openBreaker(t, it)
    it.clock.advance(30 * second)
    await it.askWhile(targetNamed('contoso'), failure)
    t.equal(it.shown()?.open, 0, `${failure.code} to a probe`)
  }
  const it = stage()
  const vault: MintFailure = { code: 'key_vault_unavailable', retryAfterSeconds: 5 }
  await openBreaker(t, it)
  it.clock.advance(30 * second)
  t.same(await it.askWhile(targetNamed('contoso'), vault), ['key_vault_unavailable', 5])
  t.equal(it.shown()?.open, 1, 'that probe never reached Entra')
  t.equal(await it.askWhile(targetNamed('contoso')), 'issued', 'so the next one may go at once')
})

t.test('a probe that crashes lets the next one try', async (t) => {
  const it = stage()
  await openBreaker(t, it)
  it.clock.advance(30 * second)
  it.script.always(() => {
    throw new Error('a fault of the broker')
  })
  await t.rejects(it.ask(targetNamed('contoso')), { message: 'a fault of the broker' })
  t.equal(it.shown()?.flying, 0)
  t.equal(await it.askWhile(targetNamed('contoso')), 'issued')
})

t.test('an operator asks past an open breaker, and an answer closes it', async (t) => {
  const it = stage()
  await openBreaker(t, it)
  t.same(await it.askWhile(targetNamed('contoso'), away, 'forOperators'), ['entra_unavailable', 30])
  t.equal(it.shown()?.open, 1)
  t.equal(await it.askWhile(targetNamed('contoso'), undefined, 'forOperators'), 'issued')
  t.equal(await it.askWhile(targetNamed('fabrikam')), 'issued')
})

t.test('what was under way when it opened neither closes it nor keeps it open longer', async (t) => {
  const it = stage()
  const early = [it.ask(targetNamed('early-1')), it.ask(targetNamed('early-2'))]
  await turn()
  const [one, two] = it.script.calls
  await openBreaker(t, it)
  one?.succeed(tokenOf(it.clock))
  t.ok((await early[0])?.ok, 'its own caller has the token')
  t.equal(it.shown()?.open, 1)
  it.clock.advance(30 * second)
  two?.fail(away)
  await early[1]
  t.equal(await it.askWhile(targetNamed('contoso')), 'issued')
})

t.test('so many fly at a time, so many wait a little, and the others are told at once', async (t) => {
  const it = stage({ flights: 2, queue: 2, patience: 40 })
  const flights = [1, 2, 3, 4].map((number) => it.ask(targetNamed(`t-${number}`)))
  await turn()
  t.match(it.shown(), { flying: 2, waiting: 2 })
  const busy = fail({ code: 'entra_busy', retryAfterSeconds: 1 })
  t.same(await it.ask(targetNamed('t-5')), busy, 'the queue is full')
  t.equal(it.script.calls.length, 2)
  it.script.calls[0]?.succeed(tokenOf(it.clock))
  await flights[0]
  await turn()
  t.match(it.shown(), { flying: 2, waiting: 1 })
  t.equal(it.script.calls[2]?.asked.target.directoryId, targetNamed('t-3').directoryId, 'in turn')
  t.same(await flights[3], busy, 'after its patience')
  for (const call of it.script.calls) call.succeed(tokenOf(it.clock))
  t.ok((await flights[2])?.ok)
  await flights[1]
  t.match(it.shown(), { flying: 0, waiting: 0 })
})

t.test('who waits for a place while the breaker opens is told so, without asking Entra', async (t) => {
  const it = stage({ flights: 5, queue: 5, patience: 1_000 })
  const flights = [1, 2, 3, 4, 5, 6].map((number) => it.ask(targetNamed(`t-${number}`)))
  await turn()
  for (const call of it.script.calls) call.fail(away)
  t.same(await flights[5], fail(away))
  t.equal(it.script.calls.length, 5)
})
