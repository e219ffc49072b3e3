import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { freePort } from '../../sandbox/loopback.ts'
import { openFor } from '../../src/adapters/redis/breaker.ts'
import { systemClock } from '../../src/compose/platform.ts'
import { available, openTokens, openUnconnected } from '../adapters/redis/stage.ts'
import { targetNamed, tokenOf } from '../broker/fixture.ts'
import { startRedis, withoutRedis } from '../redis.ts'

const contoso = targetNamed('contoso')
/** Milliseconds: a timeout is 50 ms of a loop that runs, and this machine has other things to do. */
const oneTimeout = { least: 45, most: 1_000 }

async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly milliseconds: number }> {
  const began = performance.now()
  return { result: await work(), milliseconds: performance.now() - began }
}

t.test('a Redis that is away', { skip: withoutRedis }, async (t) => {
  t.test(
    'one that stands still costs one timeout in five seconds, and is used again once it goes on',
    async (t) => {
      const server = await startRedis(t)
      const { tokens, told } = await openTokens(t, server.url)
      await tokens.store(contoso, tokenOf(systemClock, { value: 'before' }))
      server.freeze()
      t.teardown(() => server.thaw())
      const crowd = await Promise.all(Array.from({ length: 200 }, () => timed(() => tokens.find(contoso))))
      for (const { result, milliseconds } of crowd) {
        if (result !== undefined || milliseconds < oneTimeout.least || milliseconds > oneTimeout.most)
          t.fail(`${milliseconds} ms: ${result}`)
      }
      const slow = { count: 0 }
      for (const until = performance.now() + 2.5 * openFor; performance.now() < until; await delay(10)) {
        const { milliseconds } = await timed(() => tokens.find(contoso))
        if (milliseconds > 20) slow.count += 1
      }
      t.ok(slow.count <= 3, `${slow.count} of hundreds waited, in twelve seconds`)
      t.match(told, [/^away: Redis does not answer in time/])
      t.equal(told.length, 1, 'said once')

      server.thaw()
      await available(tokens)
      t.equal((await tokens.find(contoso))?.token?.value, 'before')
      t.strictSame(told.slice(1), ['back'])
    },
  )

  t.test('a lock that comes after its caller has gone is given back', async (t) => {
    const server = await startRedis(t)
    const [here, there] = [await openTokens(t, server.url), await openTokens(t, server.url)]
    server.freeze()
    t.equal(await here.tokens.lock(contoso, 11_000), undefined)
    server.thaw()
    await available(here.tokens)
    await available(there.tokens)
    const began = performance.now()
    while ((await there.tokens.lock(contoso, 11_000)) === 'taken') await delay(20)
    t.ok(performance.now() - began < 9_000, 'before it would have gone by itself')
  })

  t.test('a network that swallows everything: the connection is given up and made anew', async (t) => {
    const server = await startRedis(t)
    const wire = await openWire(server.port)
    t.teardown(wire.close)
    const { tokens } = await openTokens(t, `redis://127.0.0.1:${wire.port}`)
    wire.swallow()
    t.equal(await tokens.find(contoso), undefined)
    const made = wire.connections()
    await delay(7_000)
    t.ok(wire.connections() > made, 'it connects again although nobody has closed the connection')
    wire.heal()
    await available(tokens)
    t.pass('and uses what it has')
  })

  t.test('one that was never there is used when it comes', async (t) => {
    const port = await freePort()
    const { tokens, told } = openUnconnected(t, `redis://127.0.0.1:${port}`)
    t.equal(await tokens.find(contoso), undefined)
    t.equal(await tokens.lock(contoso, 11_000), undefined)
    await tokens.store(contoso, tokenOf(systemClock))
    while (told.length === 0) await delay(10)
    t.match(told, [/^away: .*ECONNREFUSED/])
    await startRedis(t, [], port)
    await available(tokens)
    t.equal(told.at(-1), 'back')
    t.equal(told.length, 2)
  })

  t.test('another replica’s lock is never released, and a lock goes by itself', async (t) => {
    const server = await startRedis(t)
    const [here, there] = [await openTokens(t, server.url), await openTokens(t, server.url)]
    const first = await here.tokens.lock(contoso, 100)
    while ((await there.tokens.find(contoso))?.minting) await delay(10)
    const second = await there.tokens.lock(contoso, 11_000)
    if (first === undefined || first === 'taken' || second === undefined || second === 'taken')
      return t.fail('no lock')
    await first.release()
    t.equal(await here.tokens.lock(contoso, 11_000), 'taken')
    await second.release()
    t.type(await here.tokens.lock(contoso, 11_000), Object)
  })
})

/** A connection to Redis that can be made to lose everything without ending. */
async function openWire(port: number) {
  let isWhole = true
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    const redis = connect(port, '127.0.0.1')
    sockets.push(redis)
    socket.on('data', (data) => isWhole && redis.write(data))
    redis.on('data', (data) => isWhole && socket.write(data))
    for (const [one, other] of [
      [socket, redis],
      [redis, socket],
    ] as const) {
      one.on('error', () => undefined)
      one.on('close', () => other.destroy())
    }
  })
  const own = await freePort()
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  return {
    port: own,
    connections: () => sockets.length,
    swallow: () => {
      isWhole = false
    },
    heal: () => {
      isWhole = true
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
