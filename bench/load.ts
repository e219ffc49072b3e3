import { performance } from 'node:perf_hooks'
import { openConnection } from './connection.ts'
import { isA, Load, type Measured } from './messages.ts'
import { measurePaced } from './paced.ts'
import { requestWriter } from './request.ts'
import { summarise } from './rows.ts'
import { serveParent } from './serve-parent.ts'

/** Keeps every connection busy with one request after the other, and measures between warm-up and end. */
async function measure(load: Load): Promise<Measured> {
  const write = requestWriter(load.request, load.key)
  const latencies: number[] = []
  let requests = 0
  const begin = performance.now() + load.warmUp
  const end = begin + load.duration
  let cpuAtBegin: NodeJS.CpuUsage | undefined
  let lastAt = begin

  const drive = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let sentAt = 0
    const send = () => {
      sentAt = performance.now()
      socket.write(write(requests % load.tenants), 'latin1')
      requests += 1
    }
    const socket = await openConnection(load.port, (status) => {
      const now = performance.now()
      if (status !== 200) return reject(new Error(`The server answered ${status}.`))
      // On a busy machine a short measurement may be over before its first reply: then it lasts until that one.
      if (now >= end && latencies.length > 0) return resolve()
      if (now >= begin) {
        cpuAtBegin ??= process.cpuUsage()
        lastAt = now
        latencies.push(now - sentAt)
      }
      send()
    })
    socket.once('error', reject).once('close', () => reject(new Error('The server closed a connection.')))
    send()
    await promise.finally(() => socket.removeAllListeners('close').destroy())
  }
  await Promise.all(Array.from({ length: load.connections }, drive))

  const { user, system } = process.cpuUsage(cpuAtBegin)
  const duration = Math.max(load.duration, lastAt - begin)
  return { ...summarise(latencies, duration), requests, clientBusy: (user + system) / 1000 / duration }
}

serveParent((message) => {
  if (isA(Load, message)) {
    return message.perSecond === undefined ? measure(message) : measurePaced(message, message.perSecond)
  }
  throw new Error('the client was asked what it does not know')
})
