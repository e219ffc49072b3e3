import { createServer, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { createNetwork } from '../../../src/adapters/entra/network.ts'
import { members } from '../../http/json-value.ts'
import { clock } from './acquisition.ts'

const token = { access_token: 'a', expires_in: 3599 }

async function serve(t: Test, listener: RequestListener): Promise<{ endpoint: string; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    listener(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { endpoint: `http://127.0.0.1:${String(members(address)['port'])}/token`, seen }
}

function connect(t: Test, endpoint: string) {
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  return createNetwork(endpoint, { dispatcher, clock })
}

t.test('what MSAL posts arrives, and what Entra answers is kept', async (t) => {
  let received = ''
  const { endpoint } = await serve(t, (request, response) => {
    request.on('data', (chunk) => {
      received += chunk
    })
    request.on('end', () => response.end(JSON.stringify(token)))
  })
  const network = connect(t, endpoint)
  const url = `${endpoint}?client-request-id=1`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const reply = await network.sendPostRequestAsync(url, { headers, body: 'client_assertion=x' })
  t.equal(received, 'client_assertion=x')
  t.strictSame(reply.body, token)
  t.strictSame(network.reply, token)
  t.equal(network.fault, undefined)
})

t.test('an assertion goes nowhere but to the endpoint', async (t) => {
  const other = await serve(t, (_request, response) => response.end(JSON.stringify(token)))
  for (const status of [301, 302, 303, 307, 308]) {
    const { endpoint, seen } = await serve(t, (_request, response) => {
      response.writeHead(status, { location: other.endpoint }).end()
    })
    const network = connect(t, endpoint)
    await t.rejects(network.sendPostRequestAsync(endpoint, { body: 'client_assertion=x' }))
    t.match(network.fault, { kind: 'refused', refusal: { status } })
    t.equal(seen.length, 1)
  }
  const network = connect(t, 'https://login.microsoftonline.com/tenant/oauth2/v2.0/token')
  const elsewhere = [
    other.endpoint,
    'https://login.microsoftonline.com.example.com/tenant/oauth2/v2.0/token',
    'https://login.microsoftonline.com/other/oauth2/v2.0/token',
    'https://login.microsoftonline.com:8443/tenant/oauth2/v2.0/token',
    'http://login.microsoftonline.com/tenant/oauth2/v2.0/token',
    'https://login.microsoftonline.com/tenant/oauth2/v2.0/token/',
  ]
  for (const url of elsewhere) await t.rejects(network.sendPostRequestAsync(url), /elsewhere/, url)
  await t.rejects(network.sendGetRequestAsync(other.endpoint), /nothing to discover/)
  t.strictSame(other.seen, [])
})

t.test('of a reply no more than 64 KB is read', async (t) => {
  const { endpoint } = await serve(t, (_request, response) => {
    const chunk = Buffer.alloc(1024, 0x20)
    const write = () => {
      while (!response.destroyed) if (!response.write(chunk)) return void response.once('drain', write)
    }
    write()
  })
  const network = connect(t, endpoint)
  await t.rejects(network.sendPostRequestAsync(endpoint))
  t.match(network.fault, { kind: 'nonsense', status: 200 }, 'although it never ends')
})

t.test('a reply that comes too late, in part or not at all', async (t) => {
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  const asked = t.capture(AbortSignal, 'timeout', () => timeout(50))
  const silent = await serve(t, () => undefined)
  const halting = await serve(t, (_request, response) => void response.writeHead(200).write('{"access'))
  for (const { endpoint } of [silent, halting]) {
    const network = connect(t, endpoint)
    await t.rejects(network.sendPostRequestAsync(endpoint))
    t.match(network.fault, { kind: 'unreachable', reason: /\w/ })
  }
  t.strictSame(
    asked().map(({ args }) => args),
    [[10_000], [10_000]],
  )
})

t.test('a host that refuses, hangs up or is not there', async (t) => {
  const { endpoint } = await serve(t, (request) => request.socket.destroy())
  for (const url of [endpoint, 'http://127.0.0.1:1/token', 'http://nowhere.invalid/token']) {
    const network = connect(t, url)
    await t.rejects(network.sendPostRequestAsync(url, { body: 'client_assertion=secret' }))
    t.match(network.fault, { kind: 'unreachable' })
    t.notMatch(JSON.stringify(network.fault), 'secret')
  }
})
