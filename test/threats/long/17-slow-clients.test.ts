import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { brokerHome, createCaller } from '../../broker-process.ts'
import { median } from '../../median.ts'

t.setTimeout(120_000)

const home = await brokerHome(t)
await home.start()
const key = await createCaller(home.bootstrap, 'orders', 'caller', [
  { tenants: '*', permissions: ['Mail.Read'] },
])
const caller = home.client(key)
const port = Number(new URL(home.origin).port)

/** Milliseconds of the slowest in a hundred of so many requests, one after the other. */
async function p99(requests: number): Promise<number> {
  const took: number[] = []
  for (let count = 0; count < requests; count += 1) {
    const startedAt = performance.now()
    const { status } = await caller('POST', '/tokens', { tenant: 'nobody', scopes: ['Mail.Read'] })
    if (status !== 403) t.fail(`answered ${status}`)
    took.push(performance.now() - startedAt)
    // Hundreds of sockets are open meanwhile, for as long as the measurement lasts.
    if (count % 100 === 0) await delay(50)
  }
  return took.sort((a, b) => a - b)[Math.floor(requests * 0.99)] ?? Number.NaN
}

async function measure(): Promise<number> {
  const figures: number[] = []
  for (let round = 0; round < 5; round += 1) figures.push(await p99(300))
  return median(figures)
}

/** Connects, and sends a byte a second of a request that never ends. */
async function dawdle(text: string): Promise<{ readonly socket: Socket; readonly closed: Promise<number> }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  await once(socket, 'connect')
  const startedAt = performance.now()
  let sent = 0
  const sending = setInterval(() => socket.write(text[sent++ % text.length] ?? ''), 1_000)
  const closed = once(socket, 'close').then(() => {
    clearInterval(sending)
    return performance.now() - startedAt
  })
  return { socket, closed }
}

const head = 'POST /tokens HTTP/1.1\r\nHost: localhost\r\n'
const length = `${head}Authorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n`

t.test('500 sockets at a byte a second are closed, and whoever is healthy hardly notices them', async (t) => {
  await p99(500)
  const alone = await measure()
  const slow = await Promise.all(
    Array.from(Array(500), async (_, index) => {
      // Some dawdle over the headers, some over the body, and some say nothing at all.
      const client = await dawdle(String([`${head}${'x'.repeat(1_000)}`, '{'.repeat(1_000), ''][index % 3]))
      if (index % 3 === 1) client.socket.write(length)
      return client
    }),
  )
  const beside = await measure()
  const lives = await Promise.all(slow.map(({ closed }) => closed))
  t.comment(`p99 alone ${alone.toFixed(2)} ms, beside 500 slow sockets ${beside.toFixed(2)} ms`)
  t.comment(`closed after ${Math.min(...lives).toFixed(0)} to ${Math.max(...lives).toFixed(0)} ms`)
  t.ok(Math.max(...lives) < 14_000, 'each is closed in time')
  t.ok(beside < Math.max(2 * alone, 5), 'and the p99 of others is less than twice what it was')
  t.equal((await caller('GET', '/scopes')).status, 200)
})

t.test('a connection that is kept alive outlasts the limits of a request', async (t) => {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const request = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'
  for (const wait of [0, 12_000, 0]) {
    await delay(wait)
    socket.write(request)
    const [reply] = await once(socket, 'data')
    t.match(String(reply), /^HTTP\/1\.1 200 /)
  }
})
