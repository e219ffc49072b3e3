import { performance } from 'node:perf_hooks'
import { openConnection } from './connection.ts'
import type { Load, Measured } from './messages.ts'
import { requestWriter } from './request.ts'
import { summarise } from './rows.ts'

/**
 * Sends each request when it is due, over the connection that was free for longest, whatever becomes of those before.
 * What a request waits because others are slow is part of its latency (Tene, How NOT to Measure Latency, 2013). The
 * process spins between two of them, for a timer would come up to a millisecond late.
 */
export async function measurePaced(load: Load, perSecond: number): Promise<Measured> {
  const write = requestWriter(load.request, load.key)
  const latencies: number[] = []
  const free: ((index: number, due: number) => void)[] = []
  const { promise: broken, reject } = Promise.withResolvers<never>()
  let answered = 0
  let measureFrom = Number.POSITIVE_INFINITY

  const open = async () => {
    let due = 0
    const send = (index: number, at: number) => {
      due = at
      socket.write(write(index % load.tenants), 'latin1')
    }
    const socket = await openConnection(load.port, (status) => {
      if (status !== 200) return reject(new Error(`The server answered ${status}.`))
      if (due >= measureFrom) latencies.push(performance.now() - due)
      answered += 1
      free.push(send)
    })
    socket.once('error', reject).once('close', () => reject(new Error('The server closed a connection.')))
    free.push(send)
    return socket
  }
  const sockets = await Promise.all(Array.from({ length: load.connections }, open))

  const count = Math.ceil(((load.warmUp + load.duration) / 1000) * perSecond)
  const begin = performance.now()
  measureFrom = begin + load.warmUp
  let sent = 0
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const step = () => {
    for (; sent < count; sent += 1) {
      const due = begin + (sent * 1000) / perSecond
      const send = due > performance.now() ? undefined : free.shift()
      if (send === undefined) break
      send(sent, due)
    }
    if (answered === count) resolve()
    else setImmediate(step)
  }
  step()
  await Promise.race([done, broken])
  for (const socket of sockets) socket.removeAllListeners('close').destroy()

  return { ...summarise(latencies, performance.now() - measureFrom), requests: count, clientBusy: 0 }
}
