import { EventEmitter, once } from 'node:events'
import t, { type Test } from 'tap'
import { openSqlite } from '../../src/adapters/registry/sqlite.ts'
import { openRegistryStore } from '../../src/adapters/registry/store.ts'
import type { RegistryStore } from '../../src/broker/ports.ts'
import { putCaller } from '../../src/broker/put-caller.ts'
import { createRegistry, type RegistryOptions } from '../../src/broker/registry.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { manualClock, minute, must, seededRandom, turn } from './fixture.ts'
import { actor } from './world.ts'

const unavailable = { ok: false, failure: { code: 'registry_unavailable', retryAfterSeconds: 5 } }

/** A store that can be cut off, and tells of every look at it. */
async function open(t: Test, options: Partial<RegistryOptions> = {}) {
  const clock = manualClock()
  const real = await openRegistryStore(openSqlite(':memory:'), clock)
  const looks = new EventEmitter()
  const errors: unknown[] = []
  let away: Error | undefined
  const reach = () => {
    looks.emit('look')
    if (away !== undefined) throw away
  }
  const store: RegistryStore = {
    ...real,
    async revision() {
      reach()
      return real.revision()
    },
  }
  const common = { clock, maximumStaleness: minute, pollInterval: 2 ** 31 - 1 }
  const onError = (error: unknown) => void errors.push(error)
  const openReplica = (own: Partial<RegistryOptions> = {}) => {
    const registry = createRegistry({ store, ...common, onError, ...options, ...own })
    t.teardown(() => registry.close())
    return registry
  }
  const cutOff = (error: Error | undefined) => {
    away = error
  }
  /** The second look to come has begun, so the first one is over. The poller's own timer keeps no process up. */
  const nextLook = async () => {
    const alive = setInterval(() => undefined, minute)
    await once(looks, 'look')
    await once(looks, 'look')
    clearInterval(alive)
  }
  const registration = { random: seededRandom(), trustedIssuers: new Set<string>() }
  return { clock, real, store, looks, errors, nextLook, openReplica, cutOff, ...registration }
}

const caller = (id: string) => ({ id, role: 'caller', enabled: true, grants: [] }) as const

t.test('Before it was loaded the registry decides nothing', async (t) => {
  const { openReplica } = await open(t)
  const registry = openReplica()
  t.strictSame(registry.snapshot(), unavailable)
  await registry.open()
  t.ok(registry.snapshot().ok)
})

t.test('A registry that cannot be loaded does not open', async (t) => {
  const { openReplica, cutOff } = await open(t)
  cutOff(new Error('no such file'))
  await t.rejects(openReplica().open(), /no such file/)
})

t.test('Who writes reads it at once, and so does whoever asks for the current state', async (t) => {
  const stage = await open(t)
  const [one, other] = [stage.openReplica(), stage.openReplica()]
  await Promise.all([one.open(), other.open()])
  must(await putCaller({ ...stage, registry: one }, actor, caller('orders'), 'absent'))
  t.ok(must(one.snapshot()).caller('orders'))
  t.notOk(must(other.snapshot()).caller('orders'), 'it has not looked yet')
  t.ok(must(await other.current()).caller('orders'))
  t.ok(must(other.snapshot()).caller('orders'))
})

t.test('Each replica follows the others by looking again and again', async (t) => {
  const stage = await open(t)
  const [one, other] = [stage.openReplica(), stage.openReplica({ pollInterval: 1 })]
  await Promise.all([one.open(), other.open()])
  must(await putCaller({ ...stage, registry: one }, actor, caller('orders'), 'absent'))
  await stage.nextLook()
  t.ok(must(other.snapshot()).caller('orders'))
})

t.test('A look that fails is told, and the next one comes all the same', async (t) => {
  const stage = await open(t)
  const registry = stage.openReplica({ pollInterval: 1 })
  await registry.open()
  const fault = new Error('the disk is gone')
  stage.cutOff(fault)
  await stage.nextLook()
  t.equal(stage.errors[0], fault)
  stage.cutOff(undefined)
  stage.clock.advance(2 * minute)
  await stage.nextLook()
  t.ok(registry.snapshot().ok, 'fresh again')
})

t.test('While the database is away the snapshot decides for a minute and no longer', async (t) => {
  const stage = await open(t)
  const registry = stage.openReplica()
  await registry.open()
  stage.cutOff(new Error('away'))
  stage.clock.advance(minute)
  t.ok(registry.snapshot().ok)
  stage.clock.advance(1)
  t.strictSame(registry.snapshot(), unavailable)
  stage.cutOff(undefined)
  must(await registry.current())
  t.ok(registry.snapshot().ok)
})

t.test('Steps of the wall clock make no snapshot older or younger', async (t) => {
  const stage = await open(t)
  const registry = stage.openReplica()
  await registry.open()
  stage.clock.step(24 * 60 * minute)
  t.ok(registry.snapshot().ok)
  stage.clock.step(-48 * 60 * minute)
  stage.clock.advance(minute + 1)
  t.strictSame(registry.snapshot(), unavailable)
})

t.test('A look counts from its beginning: what took long may be old when it comes', async (t) => {
  const stage = await open(t)
  const slow: RegistryStore = {
    ...stage.store,
    async changesSince(revision) {
      stage.clock.advance(minute + 1)
      return stage.real.changesSince(revision)
    },
  }
  const registry = stage.openReplica({ store: slow })
  must(await putCaller({ ...stage, registry: stage.openReplica() }, actor, caller('orders'), 'absent'))
  await registry.open()
  t.strictSame(registry.snapshot(), unavailable)
})

t.test('Asked for the current state while the database is away, the registry says so', async (t) => {
  const stage = await open(t)
  const registry = stage.openReplica()
  await registry.open()
  const fault = new Error('away')
  stage.cutOff(fault)
  t.strictSame(await registry.current(), unavailable)
  t.strictSame(stage.errors, [fault])
  t.ok(registry.snapshot().ok, 'tokens go on')
})

t.test('Looks come one after another, and whoever asks before one starts shares it', async (t) => {
  const stage = await open(t)
  const gates: (() => void)[] = []
  const order: string[] = []
  const gated: RegistryStore = {
    ...stage.store,
    async revision() {
      const number = gates.length
      order.push(`begin ${number}`)
      await new Promise<void>((resolve) => gates.push(resolve))
      order.push(`end ${number}`)
      return stage.real.revision()
    },
  }
  const registry = stage.openReplica({ store: gated })
  const looks = [registry.current(), registry.current()]
  await turn()
  t.equal(gates.length, 1, 'both share the first')
  looks.push(registry.current(), registry.current())
  await turn()
  t.equal(gates.length, 1, 'what is asked for later waits for its own')
  gates[0]?.()
  await turn()
  t.equal(gates.length, 2)
  gates[1]?.()
  await Promise.all(looks)
  t.strictSame(order, ['begin 0', 'end 0', 'begin 1', 'end 1'])
})

t.test('A change that is refused changes nothing', async (t) => {
  const stage = await open(t)
  const registry = stage.openReplica()
  await registry.open()
  const before = must(registry.snapshot()).revision
  const refusal = await registry.commit(async (transaction) => {
    await transaction.nextEpoch()
    return fail({ code: 'precondition_failed' })
  })
  t.strictSame(refusal, { ok: false, failure: { code: 'precondition_failed' } })
  t.equal(await stage.real.revision(), before)
})

t.test('A change that is kept counts as made although this replica cannot look at it yet', async (t) => {
  const stage = await open(t)
  const registry = stage.openReplica()
  await registry.open()
  stage.cutOff(new Error('away'))
  const change = { action: 'thing.done', target: 'things/one' }
  const kept = await registry.commit(async (transaction) => {
    await transaction.recordChange(actor, change)
    return ok(transaction.revision)
  })
  t.strictSame(kept, { ok: true, value: 1 })
  t.equal(stage.errors.length, 1)
  t.equal(await stage.real.revision(), 1)
})

t.test('Epochs come from one sequence: none is ever given twice', async (t) => {
  const stage = await open(t)
  const [one, other] = [stage.openReplica(), stage.openReplica()]
  const take = () =>
    [one, other].map((registry) =>
      registry.commit(async (transaction) => {
        const epoch = await transaction.nextEpoch()
        await transaction.recordChange(actor, { action: 'epoch.taken', target: `epochs/${epoch}` })
        return ok(epoch)
      }),
    )
  const epochs = (await Promise.all([...take(), ...take(), ...take()])).map(must)
  t.equal(new Set(epochs).size, 6)
})

t.test('A closed registry looks no more, and waits for the look that is under way', async (t) => {
  const stage = await open(t)
  const registry = stage.openReplica({ pollInterval: 1 })
  await registry.open()
  await stage.nextLook()
  await registry.close()
  let later = 0
  stage.looks.on('look', () => {
    later += 1
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(later, 0)
})
