import { performance } from 'node:perf_hooks'
import { openConnection } from './connection.ts'
import { type Answered, AskAtOnce, OpenConnections } from './herd-messages.ts'
import { isA } from './messages.ts'
import { requestWriter } from './request.ts'
import { serveParent } from './serve-parent.ts'

/** Has a connection of its own. */
interface Caller {
  /** The status of the answer; 0 where the connection was closed instead. One request at a time. */
  send(request: string): Promise<number>
  leave(): void
}

let callers: readonly Caller[] = []

/** One after the other: more at once than a server's backlog holds would wait a second for their second try. */
async function open({ ports, count }: OpenConnections): Promise<void> {
  for (const caller of callers) caller.leave()
  const opened: Caller[] = []
  while (opened.length < count) {
    for (const port of ports.slice(0, count - opened.length)) opened.push(await openCaller(port))
  }
  callers = opened
}

async function openCaller(port: number): Promise<Caller> {
  let answer = (_status: number) => {}
  const socket = await openConnection(port, (status) => answer(status))
  socket.once('close', () => answer(0))
  const caller: Caller = {
    send(request) {
      if (socket.destroyed) return Promise.resolve(0)
      return new Promise((resolve) => {
        answer = resolve
        socket.write(request, 'latin1')
      })
    },
    leave: () => void socket.destroy(),
  }
  // A connection over which nothing was asked yet is soon closed by the broker.
  await caller.send('GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
  return caller
}

/** The callers of a tenant go on to another one together, when each of them has its answer. */
async function askAtOnce({ key, from, to, each }: AskAtOnce): Promise<Answered> {
  const write = requestWriter('token', key)
  const startedAt = performance.now()
  let next = from
  const failures: number[] = []
  const drive = async (group: readonly Caller[]) => {
    while (next < to) {
      const request = write(next)
      next += 1
      const statuses = await Promise.all(group.map((caller) => caller.send(request)))
      failures.push(...statuses.filter((status) => status !== 200))
    }
  }
  const groups = Array.from({ length: Math.floor(callers.length / each) }, (_, index) =>
    callers.slice(index * each, (index + 1) * each),
  )
  await Promise.all(groups.map(drive))
  return { failures, milliseconds: performance.now() - startedAt }
}

serveParent(async (message) => {
  if (isA(AskAtOnce, message)) return askAtOnce(message)
  if (isA(OpenConnections, message)) {
    await open(message)
    return {}
  }
  throw new Error('the callers were asked what they do not know')
})
