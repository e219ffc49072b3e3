import fc, { type Scheduler } from 'fast-check'
import t from 'tap'
import { createSharedMint, longestWait } from '../../src/broker/shared-mint.ts'
import { createTokenCache } from '../../src/broker/token-cache.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { hour, manualClock, seededRandom, sha256, targetNamed, tokenOf } from './fixture.ts'
import { openStore } from './shared-store.ts'

const contoso = targetNamed('contoso')

type Outcome = 'token' | 'failure' | 'crash' | 'slow'
interface Flight {
  readonly began: number
  readonly isImpatient: boolean
}
interface Action {
  readonly kind: 'ask' | 'reject' | 'lose'
  readonly replica: number
}

/** Three replicas with caches of their own over one store, all of whose steps the scheduler puts in order. */
function openReplicas(scheduler: Scheduler, outcomes: readonly Outcome[]) {
  const clock = manualClock()
  const { store, shared } = openStore(clock, (name) => scheduler.schedule(Promise.resolve(), name))
  const faults: string[] = []
  const flying = new Set<Flight>()
  const counts = { mints: 0 }

  async function mint(asked: number) {
    const now = clock.monotonic()
    // Whoever has waited too long mints beside the others.
    const isImpatient = now >= asked + longestWait
    const blocks = (other: Flight) => !other.isImpatient && now < other.began + longestWait
    if (!store.wasAway && !isImpatient && [...flying].some(blocks)) faults.push('two mints at once')
    const flight = { began: now, isImpatient }
    flying.add(flight)
    const outcome = outcomes[counts.mints % outcomes.length]
    counts.mints += 1
    const value = `mint ${counts.mints}`
    await scheduler.schedule(Promise.resolve(), value)
    if (outcome === 'slow') clock.advance(longestWait + 1)
    flying.delete(flight)
    if (outcome === 'crash') throw new Error('a fault of the broker')
    if (outcome === 'failure') return fail({ code: 'entra_unavailable', retryAfterSeconds: 5 } as const)
    clock.advance(1)
    return ok(tokenOf(clock, { value }))
  }

  const caches = [0, 1, 2].map((replica) =>
    createTokenCache({
      clock,
      capacity: 10,
      onError: () => undefined,
      mint(target, serves) {
        const asked = clock.monotonic()
        const pause = async (milliseconds: number) => {
          await scheduler.schedule(Promise.resolve(), 'pause')
          clock.advance(milliseconds)
        }
        const random = seededRandom(`${replica}`)
        return createSharedMint({ mint: () => mint(asked), shared, clock, random, pause })(target, serves)
      },
    }),
  )
  return { caches, clock, store, faults, counts }
}

const actions = fc.array(
  fc.record<Action>({
    kind: fc.constantFrom('ask', 'ask', 'ask', 'reject', 'reject', 'lose'),
    replica: fc.nat({ max: 2 }),
  }),
  { minLength: 2, maxLength: 15, size: 'max' },
)
const outcomes = fc.array(fc.constantFrom<Outcome>('token', 'token', 'token', 'failure', 'crash', 'slow'), {
  minLength: 1,
  maxLength: 8,
})

t.test(
  'In whatever order things happen, replicas mint one at a time and bring nothing rejected back',
  async (t) => {
    let answers = 0
    const promises = fc.asyncProperty(fc.scheduler(), actions, outcomes, async (scheduler, list, results) => {
      const { caches, store, faults } = openReplicas(scheduler, results)
      const seen: string[] = []
      const hasRejected = new Set<number>()
      let waiting = 0

      async function perform({ kind, replica }: Action): Promise<void> {
        if (kind === 'lose') return store.lose()
        // A replica mints for a rejection once in 30 s, so only its first one must be heard.
        const value = kind === 'reject' && !hasRejected.has(replica) ? seen.at(-1) : undefined
        if (value !== undefined) hasRejected.add(replica)
        waiting += 1
        const need = value === undefined ? {} : { rejectedSha256: sha256(value) }
        const acquired = await caches[replica]?.acquire(contoso, need).catch(() => undefined)
        waiting -= 1
        answers += 1
        if (!acquired?.ok) return
        if (acquired.value.token.value === value) faults.push('what was rejected came back')
        seen.push(acquired.value.token.value)
      }

      for (const action of list)
        scheduler.schedule(Promise.resolve(), JSON.stringify(action)).then(() => perform(action))
      await scheduler.waitIdle()
      if (waiting > 0) faults.push('somebody waits for ever')
      if (faults.length > 0) throw new Error(faults.join(', '))
    })
    await fc.assert(promises, { numRuns: 400 })
    t.ok(answers > 1_000, `${answers} answers were looked at`)
  },
)

/** Replicas whose steps run as they come. */
function openAtOnce(outcomes: readonly Outcome[]) {
  const scheduler: Pick<Scheduler, 'schedule'> = { schedule: (task) => task }
  return openReplicas(Object.assign(Object.create(null), scheduler), outcomes)
}

const ask = ({ caches }: ReturnType<typeof openAtOnce>, need = {}) =>
  Promise.all(caches.map((cache) => cache.acquire(contoso, need)))

t.test('Three replicas that need a token cost one mint', async (t) => {
  const replicas = openAtOnce(['token'])
  const answers = await ask(replicas)
  t.strictSame(answers.map((answer) => answer.ok && answer.value.origin).toSorted(), [
    'mint',
    'shared',
    'shared',
  ])
  t.equal(replicas.counts.mints, 1)
})

t.test('A target that fails costs one request a replica and no more', async (t) => {
  const replicas = openAtOnce(['failure'])
  for (let round = 0; round < 3; round += 1)
    for (const answer of await ask(replicas)) t.match(answer, { failure: { code: 'entra_unavailable' } })
  t.equal(replicas.counts.mints, 3)
})

t.test('One replica renews and the others take what it has', async (t) => {
  const replicas = openAtOnce(['token'])
  await ask(replicas)
  replicas.clock.advance(hour / 2 + 1)
  await ask(replicas)
  await new Promise((resolve) => setImmediate(resolve))
  for (const answer of await ask(replicas))
    t.match(answer, { value: { origin: 'hit', token: { value: 'mint 2' } } })
  t.equal(replicas.counts.mints, 2)
})

t.test('What a resource refused is replaced once, on every replica', async (t) => {
  const replicas = openAtOnce(['token'])
  await ask(replicas)
  const rejectedSha256 = sha256('mint 1')
  for (const answer of await ask(replicas, { rejectedSha256 }))
    t.match(answer, { value: { token: { value: 'mint 2' } } })
  t.equal(replicas.counts.mints, 2)
})

t.test('A caller of a replica that has just started is not given what it says was refused', async (t) => {
  const replicas = openAtOnce(['token'])
  const [first, second] = replicas.caches
  await first?.acquire(contoso, {})
  const acquired = await second?.acquire(contoso, { rejectedSha256: sha256('mint 1') })
  t.match(acquired, { value: { origin: 'mint', token: { value: 'mint 2' } } })
})

t.test('A token that lives too short for who asks is not taken from another replica', async (t) => {
  const replicas = openAtOnce(['token'])
  const [first, second, third] = replicas.caches
  await first?.acquire(contoso, {})
  replicas.clock.advance(hour / 4)
  const long = await second?.acquire(contoso, { minimumValidity: hour * 0.9 })
  t.match(long, { value: { origin: 'mint', token: { value: 'mint 2' } } })
  const enough = await third?.acquire(contoso, { minimumValidity: hour * 0.9 })
  t.match(enough, { value: { origin: 'shared', token: { value: 'mint 2' } } })
})

t.test('Without the store every replica is on its own', async (t) => {
  const replicas = openAtOnce(['token'])
  replicas.store.lose()
  for (const answer of await ask(replicas)) t.match(answer, { value: { origin: 'mint' } })
  t.equal(replicas.counts.mints, 3)
})

t.test(
  'A token that is stored between the look and the lock is taken, and the lock given back',
  async (t) => {
    const clock = manualClock()
    const other = tokenOf(clock, { value: 'stored meanwhile' })
    let locks = 0
    const { shared } = openStore(clock, async (name) => {
      if (name !== 'lock') return
      locks += 1
      if (locks === 1) await shared.store(contoso, other)
    })
    const unasked = async () => Promise.reject(new Error('Entra was asked'))
    const pause = async () => undefined
    const mint = createSharedMint({ mint: unasked, shared, clock, random: seededRandom(), pause })
    t.match(await mint(contoso, () => true), { ok: true, value: other, elsewhere: true })
    t.type(await shared.lock(contoso, longestWait), Object)
  },
)
