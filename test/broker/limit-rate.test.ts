import fc from 'fast-check'
import t from 'tap'
import { limitRate } from '../../src/broker/limit-rate.ts'
import { putCaller } from '../../src/broker/put-caller.ts'
import { useRate } from '../../src/broker/rate.ts'
import { fail } from '../../src/domain/result.ts'
import { minute, must, second } from './fixture.ts'
import { actor, openWorld, type World } from './world.ts'

const wish = { tenant: 'contoso', scopes: ['Mail.Read'], dialect: 'aurinko' } as const
const passed = { ok: false, failure: { code: 'tenant_not_granted' } }

async function open(t: Parameters<typeof openWorld>[0]) {
  const world = await openWorld(t)
  const ask = limitRate(world, () => fail({ code: 'tenant_not_granted' }))
  return { world, ask: (caller: string) => ask(caller, wish) }
}

async function put(world: World, id: string, rate_limit?: number) {
  const document = {
    id,
    role: 'caller',
    grants: [],
    ...(rate_limit !== undefined && { rate_limit }),
  } as const
  must(await putCaller(world, actor, document, 'any'))
}

t.test(
  'a minute’s requests may come at once; the next waits for its turn, and is told how long',
  async (t) => {
    const { world, ask } = await open(t)
    await put(world, 'orders', 3)
    for (let count = 0; count < 3; count += 1) t.match(ask('orders'), passed)
    const refused = (retryAfterSeconds: number) => ({
      ok: false,
      failure: { code: 'rate_limited', perMinute: 3, retryAfterSeconds },
    })
    t.strictSame(ask('orders'), refused(20))
    world.clock.advance(19 * second)
    t.strictSame(ask('orders'), refused(1), 'asking in vain costs nothing')
    world.clock.advance(second)
    t.match(ask('orders'), passed)
    t.strictSame(ask('orders'), refused(20))
    world.clock.advance(minute)
    for (let count = 0; count < 3; count += 1) t.match(ask('orders'), passed, 'a minute later all are back')
    t.strictSame(ask('orders'), refused(20), 'and no more than those, however long it was quiet')
  },
)

t.test('one caller’s limit is nothing to others, and none at all to whoever has none', async (t) => {
  const { world, ask } = await open(t)
  await put(world, 'orders', 1)
  await put(world, 'invoices', 1)
  await put(world, 'free')
  t.match(ask('orders'), passed)
  t.match(ask('orders'), { failure: { code: 'rate_limited' } })
  t.match(ask('invoices'), passed)
  for (let count = 0; count < 1000; count += 1) t.match(ask('free'), passed)
  t.match(ask('nobody'), passed, 'who is not there is refused by who knows why')
})

t.test('an operator who raises the limit is obeyed at once', async (t) => {
  const { world, ask } = await open(t)
  await put(world, 'orders', 1)
  ask('orders')
  t.match(ask('orders'), { failure: { code: 'rate_limited' } })
  await put(world, 'orders', 2)
  for (let count = 0; count < 2; count += 1) t.match(ask('orders'), passed)
  t.match(ask('orders'), { failure: { code: 'rate_limited' } })
  await put(world, 'orders')
  for (let count = 0; count < 5; count += 1) t.match(ask('orders'), passed)
})

t.test('a clock that is stepped gives nothing and takes nothing', async (t) => {
  const { world, ask } = await open(t)
  await put(world, 'orders', 1)
  ask('orders')
  for (const step of [10 * minute, -20 * minute]) {
    world.clock.step(step)
    t.match(ask('orders'), { failure: { code: 'rate_limited', retryAfterSeconds: 60 } })
  }
})

t.test(
  'however requests come, no minute lets more than twice the rate through, and waiting as told is enough',
  async () => {
    const arrivals = fc.array(fc.nat({ max: 30_000 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), arrivals, (perMinute, gaps) => {
        const usage = { usedUpAt: 0 }
        const allowed: number[] = []
        let now = 1_000
        for (const gap of gaps) {
          now += gap
          const wait = useRate(perMinute, usage, now)
          if (wait === 0) allowed.push(now)
          else if (useRate(perMinute, { ...usage }, now + wait) !== 0) return false
        }
        // What was saved up, and what came back within the minute.
        return allowed.every(
          (start, index) =>
            (allowed[index + 2 * perMinute] ?? Number.POSITIVE_INFINITY) - start >= minute - 1,
        )
      }),
    )
  },
)
