import Fastify, { type FastifyPluginAsync } from 'fastify'
import { withoutScope } from './control.ts'

export interface ListenOptions {
  /** PEM, as the sandbox's certificate authority issues them. */
  readonly key: string
  readonly cert: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** The name that clients are told: the certificate must hold it. */
  readonly host?: string
}

export interface Listener {
  readonly origin: string
  readonly port: number
  /** Cuts what is still connected: a sandbox never keeps its process alive for a client. */
  close(): Promise<void>
}

/** Serves one plugin with TLS, on loopback alone. */
export async function listen(service: FastifyPluginAsync, options: ListenOptions): Promise<Listener> {
  const app = Fastify({
    https: { key: options.key, cert: options.cert },
    // Idle keep-alive connections of a client's pool would hold close() back for as long as they live.
    forceCloseConnections: true,
    // Key Vault names and consent states are longer than the default of 100.
    routerOptions: { maxParamLength: 2048 },
  })
  // In the root scope, so that its faults and counts reach unknown paths as well.
  await app.register(withoutScope(service))
  const address = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  // URL drops the port that is https's own.
  const port = Number(new URL(address).port || 443)
  return { origin: `https://${options.host ?? 'localhost'}:${port}`, port, close: () => app.close() }
}
