import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from '../../sandbox/loopback.ts'

/**
 * `stall`: connections stay open and nothing passes. `reset`: connections are cut. `refuse`: nobody listens.
 * `slow`: every piece comes late. `garbage`: what comes back is noise.
 */
export type ProxyMode = 'pass' | 'stall' | 'reset' | 'refuse' | 'slow' | 'garbage'

export interface TcpProxy {
  readonly port: number
  /** How many connections were made to it. */
  readonly dialled: number
  /** Where connections go from now on, on loopback. */
  aim(port: number): void
  set(mode: ProxyMode): Promise<void>
  /** Cuts what is connected now and lets the next connection pass. */
  cut(): void
}

/** Milliseconds for each piece. */
const slowness = 150

/** Stands between the broker and one of its dependencies, until the test ends. */
export async function startTcpProxy(t: Test, target = 0): Promise<TcpProxy> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let mode: ProxyMode = 'pass'
  let aim = target
  let dialled = 0
  let changed = Promise.withResolvers<void>()
  let server: Server | undefined

  function accept(client: Socket): void {
    dialled += 1
    if (mode === 'reset') return void client.resetAndDestroy()
    const upstream = dial(aim, '127.0.0.1')
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.on('data', (chunk) => carry(one, other, other === client ? garble(chunk) : () => chunk))
    }
  }

  const garble = (chunk: Buffer) => () => (mode === 'garbage' ? randomBytes(chunk.length) : chunk)

  /** One piece at a time, in order; what is held while nothing passes goes on afterwards. */
  async function carry(from: Socket, to: Socket, read: () => Buffer): Promise<void> {
    from.pause()
    while (mode === 'stall') await changed.promise
    if (mode === 'slow') await delay(slowness)
    to.write(read())
    from.resume()
  }

  function cut(): void {
    for (const socket of sockets) socket.resetAndDestroy()
  }

  async function listen(): Promise<void> {
    if (server !== undefined) return
    server = createServer(accept).listen(port, '127.0.0.1')
    await once(server, 'listening')
  }

  async function close(): Promise<void> {
    const closing = server
    server = undefined
    cut()
    if (closing === undefined) return
    closing.close()
    await once(closing, 'close')
  }

  await listen()
  t.teardown(close)
  return {
    port,
    get dialled() {
      return dialled
    },
    aim(to) {
      aim = to
    },
    cut,
    async set(to) {
      mode = to
      changed.resolve()
      changed = Promise.withResolvers()
      if (to === 'reset') cut()
      if (to === 'refuse') await close()
      else await listen()
    },
  }
}
