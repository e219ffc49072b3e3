import { createServer } from 'node:http'
import Fastify from 'fastify'
import { isA, StartPeer, Usage } from './messages.ts'
import { serveParent } from './serve-parent.ts'

/** Fastify's default, so that all servers send the same `Keep-Alive` header. Milliseconds. */
const keepAliveTimeout = 72_000
const host = '127.0.0.1'

const starters = { raw_http: startRaw, bare_fastify: startFastify, bare_fastify_batched: startBatchedFastify }

/** The least that node:http needs to read a JSON body and to answer. */
async function startRaw({ headers, body }: StartPeer): Promise<number> {
  const length = Buffer.byteLength(body)
  const server = createServer({ keepAliveTimeout }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      response.writeHead(parsed === null ? 400 : 200, { ...headers, 'content-length': length }).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** A route without schema, hook or logger; its handler answers at once, with text that is ready to be sent. */
async function startFastify({ headers, body }: StartPeer): Promise<number> {
  const app = Fastify({ keepAliveTimeout })
  app.post('/tokens', (_request, reply) => {
    reply.headers(headers).send(body)
  })
  return portOf(await app.listen({ host, port: 0 }))
}

/** The same, with the replies of one turn of the event loop sent together, as the broker's audit makes it. */
async function startBatchedFastify({ headers, body }: StartPeer): Promise<number> {
  const app = Fastify({ keepAliveTimeout })
  let waiting: (() => void)[] = []
  const flush = () => {
    const replies = waiting
    waiting = []
    for (const send of replies) send()
  }
  app.post('/tokens', (_request, reply) => {
    if (waiting.length === 0) setImmediate(flush)
    waiting.push(() => reply.headers(headers).send(body))
  })
  return portOf(await app.listen({ host, port: 0 }))
}

function portOf(address: string): number {
  return Number(new URL(address).port)
}

serveParent(async (message) => {
  if (isA(StartPeer, message)) return { port: await starters[message.name](message) }
  if (isA(Usage, message)) {
    const { user, system } = process.cpuUsage()
    return { cpu: user + system }
  }
  throw new Error('the peer was asked what it does not know')
})
