import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { Agent } from 'undici'
import { createApiClient } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { items } from './json-value.ts'

t.test(
  'a client that was being served when the broker closes gets its answer, and is sent elsewhere',
  async (t) => {
    const { sandbox } = await runSandbox(t)
    const { cloud, broker, demo } = sandbox
    const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
    t.teardown(() => dispatcher.close())
    const entra = createApiClient({ origin: cloud.entra.origin, dispatcher })
    await entra('POST', '/_sandbox/faults', { match: 'POST /', delay_ms: 300 })

    const client = await open(Number(new URL(broker.origin).port))
    const first = client.read()
    client.socket.write(get('/livez', demo.callerKey))
    t.match(await first, /^HTTP\/1\.1 200 .*connection: keep-alive/is)

    const answer = client.read()
    client.socket.write(post('/tokens', demo.callerKey, { tenant: 'contoso', scopes: ['Mail.Read'] }))
    await requested(entra)
    const closed = broker.app.close()
    const text = await answer
    t.match(text, /^HTTP\/1\.1 200 /)
    t.match(text, /\r\nconnection: close\r\n/i)
    t.match(text, 'access_token')
    await closed
    await t.rejects(open(Number(new URL(broker.origin).port)), 'nobody new is let in')
  },
)

t.test(
  'a request that is on its way when the broker closes is answered in the words of the broker',
  async (t) => {
    const { sandbox } = await runSandbox(t)
    const client = await open(Number(new URL(sandbox.broker.origin).port))
    const request = get('/livez', sandbox.demo.callerKey)
    const first = client.read()
    client.socket.write(request)
    await first
    const answer = client.read()
    client.socket.write(request.slice(0, -2))
    // Half a request shows nowhere, so another one, answered later, tells that it has arrived.
    await fetch(`${sandbox.broker.origin}/livez`)
    const closed = sandbox.broker.app.close()
    client.socket.write(request.slice(-2))
    const text = await answer
    t.match(text, /\r\nconnection: close\r\n/i)
    t.match(text, /^HTTP\/1\.1 (200 |503 [\s\S]*content-type: application\/problem\+json)/i)
    await closed
  },
)

interface Client {
  readonly socket: Socket
  /** The next answer, once it has a whole body. */
  read(): Promise<string>
}

async function open(port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return {
    socket,
    async read() {
      let text = ''
      while (!isWhole(text)) text += String((await once(socket, 'data'))[0])
      return text
    },
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
  return end >= 0 && Buffer.byteLength(text.slice(end + 4)) >= Number(length)
}

function get(path: string, key: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: broker\r\nauthorization: Bearer ${key}\r\n\r\n`
}

function post(path: string, key: string, value: object): string {
  const body = JSON.stringify(value)
  const headers = `host: broker\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json`
  return `POST ${path} HTTP/1.1\r\n${headers}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** Once Entra has the broker's request, and with it the broker its client's. */
async function requested(entra: ReturnType<typeof createApiClient>): Promise<void> {
  for (const end = Date.now() + 5_000; Date.now() < end; ) {
    const { body } = await entra('GET', '/_sandbox/requests')
    if (items(body['requests']).some(({ status }) => status === null)) return
  }
  throw new Error('the broker never asked Entra')
}
