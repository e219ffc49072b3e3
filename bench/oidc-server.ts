import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { isA, StartOidc, Usage } from './messages.ts'
import { serveParent } from './serve-parent.ts'

const host = '127.0.0.1'

/** The client-credentials endpoint of an OAuth server that many run: opaque tokens, kept in its own memory. */
async function start({ clientId, clientSecret }: StartOidc): Promise<number> {
  const provider = new Provider(`http://${host}`, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    ttl: { ClientCredentials: 3_600 },
  })
  const server = createServer({ keepAliveTimeout: 72_000 }, provider.callback())
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

serveParent(async (message) => {
  if (isA(StartOidc, message)) return { port: await start(message) }
  if (isA(Usage, message)) {
    const { user, system } = process.cpuUsage()
    return { cpu: user + system }
  }
  throw new Error('the server was asked what it does not know')
})
