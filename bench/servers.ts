import { type ApiReply, createApiClient } from '../sandbox/api-client.ts'
import { type Child, startChild } from './child.ts'
import { type Load, type PeerName, peerNames, Started } from './messages.ts'
import { oauthClient, requestBody } from './request.ts'
import type { Stage } from './stage.ts'

/** What the client is aimed at: the broker, as `hit`, or one of its peers. */
export interface Server {
  /** `one_tenant`: another broker, which never has more than one. */
  readonly name: PeerName | 'hit' | 'one_tenant' | 'oidc_provider'
  /** Of a broker. */
  readonly stage?: Stage
  /** How many are asked for, where that is not all of them. */
  readonly tenants?: number
  readonly request: Load['request']
  readonly child: Child
  readonly port: number
}

/** What Node adds by itself to each reply. */
const ownHeaders = new Set(['content-length', 'date', 'connection', 'keep-alive'])

/** The peers, which answer what the broker answers now, and last the broker. Its first tenant must be cached. */
export async function startServers(stage: Stage, core: number | undefined): Promise<Server[]> {
  const reply = await ask(stage.port, stage.callerKey)
  const headers = Object.fromEntries(Object.entries(reply.headers).filter(([name]) => !ownHeaders.has(name)))
  const body = JSON.stringify(reply.body)
  const peers: Server[] = []
  for (const name of peerNames) {
    const child = startChild('peer-server.ts', core)
    const { port } = await child.ask({ kind: 'start_peer', name, headers, body }, Started)
    mustMatch(name, await ask(port, stage.callerKey), reply)
    peers.push({ name, request: 'token', child, port })
  }
  peers.push(await startOidcProvider(core))
  return [...peers, brokerOf(stage, 'hit')]
}

export function brokerOf(stage: Stage, name: 'hit' | 'one_tenant'): Server {
  const tenants = name === 'one_tenant' ? { tenants: 1 } : {}
  return { name, request: 'token', child: stage.broker, port: stage.port, stage, ...tenants }
}

/** Issues opaque tokens of its own, which is less work than signing them. */
async function startOidcProvider(core: number | undefined): Promise<Server> {
  const child = startChild('oidc-server.ts', core)
  const { port } = await child.ask({ kind: 'start_oidc', ...oauthClient }, Started)
  return { name: 'oidc_provider', request: 'client_credentials', child, port }
}

async function ask(port: number, key: string): Promise<ApiReply> {
  const reply = await createApiClient({ origin: `http://127.0.0.1:${port}`, key })(
    'POST',
    '/tokens',
    JSON.parse(requestBody(0)),
  )
  if (reply.status !== 200) throw new Error(`A server answered ${reply.status}.`)
  return reply
}

/** A peer that sends fewer bytes or headers than the broker would be no measure for it. */
function mustMatch(name: string, peer: ApiReply, broker: ApiReply): void {
  const names = (reply: ApiReply) => Object.keys(reply.headers).sort().join()
  if (names(peer) === names(broker) && peer.headers['content-length'] === broker.headers['content-length'])
    return
  throw new Error(`${name} does not answer as much as the broker does.`)
}
