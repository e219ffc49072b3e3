import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/**
 * Below those that operating systems give to outgoing connections, one of which could take a port before it is listened
 * on, or while its server is started anew. A Redis cluster also needs the port that is 10,000 higher.
 */
const firstPort = 10_000
const endPort = 22_000

/** A port of the loopback address that nobody listens on just now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, endPort)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch (error) {
      if (isInUse(error)) continue
      throw error
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

const isInUse = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

/** Whether anybody listens on a port of the loopback address. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
