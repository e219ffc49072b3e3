import { connect, type Socket } from 'node:net'

const headEnd = Buffer.from('\r\n\r\n')
/** Behind the version of HTTP. */
const statusAt = 'HTTP/1.1 '.length
const contentLength = /\r\ncontent-length: (\d+)\r\n/i

/**
 * A keep-alive connection of an HTTP client that knows just enough to count replies: one request at a time, and
 * replies with a Content-Length. A full client would cost more than the servers that it measures.
 */
export async function openConnection(port: number, onReply: (status: number) => void): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let pending: Buffer | undefined
  socket.on('data', (chunk: Buffer) => {
    const received = pending === undefined ? chunk : Buffer.concat([pending, chunk])
    const size = replySize(received)
    if (size === undefined || received.length < size) {
      pending = received
      return
    }
    if (received.length > size) throw new Error('The server sent more than one reply.')
    pending = undefined
    onReply(Number(received.toString('latin1', statusAt, statusAt + 3)))
  })
  return socket
}

/** Undefined until the whole head is there. */
function replySize(received: Buffer): number | undefined {
  const end = received.indexOf(headEnd)
  if (end < 0) return undefined
  const length = contentLength.exec(received.toString('latin1', 0, end + 2))?.[1]
  if (length === undefined) throw new Error('The server sent a reply without Content-Length.')
  return end + headEnd.length + Number(length)
}
