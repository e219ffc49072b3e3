import Type, { type Static } from 'typebox'
import Value from 'typebox/value'

/** What the processes of a run tell each other. */
export const StartBroker = Type.Object({
  kind: Type.Literal('start_broker'),
  folder: Type.String(),
  /** A name in the folder; brokers that share it have one each. */
  auditLog: Type.String(),
  redisUrl: Type.Optional(Type.String()),
  certificatePem: Type.String(),
  entraOrigin: Type.String(),
  vaultUrl: Type.String(),
  identity: Type.Object({ directoryId: Type.String(), clientId: Type.String(), secret: Type.String() }),
})
export type StartBroker = Static<typeof StartBroker>

export const peerNames = ['raw_http', 'bare_fastify', 'bare_fastify_batched'] as const
export type PeerName = (typeof peerNames)[number]

export const StartPeer = Type.Object({
  kind: Type.Literal('start_peer'),
  name: Type.Enum([...peerNames]),
  /** What the broker answered: the peer sends the same, without having to find or serialise it. */
  headers: Type.Record(Type.String(), Type.String()),
  body: Type.String(),
})
export type StartPeer = Static<typeof StartPeer>

/** An OAuth server with one client. */
export const StartOidc = Type.Object({
  kind: Type.Literal('start_oidc'),
  clientId: Type.String(),
  clientSecret: Type.String(),
})
export type StartOidc = Static<typeof StartOidc>

/** Has MSAL keep a token for each of so many tenants, and then read them from its cache. */
export const FillCache = Type.Object({
  kind: Type.Literal('fill_cache'),
  credential: Type.Union([Type.Literal('certificate'), Type.Literal('secret')]),
  tenants: Type.Integer(),
  accessToken: Type.String(),
})
export type FillCache = Static<typeof FillCache>
export const Filled = Type.Object({})
export const ReadCache = Type.Object({
  kind: Type.Literal('read_cache'),
  tenants: Type.Integer(),
  times: Type.Integer(),
})
export type ReadCache = Static<typeof ReadCache>
export const Read = Type.Object({ milliseconds: Type.Number() })

export const Started = Type.Object({ port: Type.Integer() })

export const Usage = Type.Object({ kind: Type.Literal('usage') })
/** Microseconds of CPU, of all threads, since the process began. */
export const Used = Type.Object({ cpu: Type.Number() })

/** Asks a broker for the bytes that it holds after a full garbage collection. */
export const Memory = Type.Object({ kind: Type.Literal('memory') })
export const Held = Type.Object({ bytes: Type.Number() })

export const Load = Type.Object({
  port: Type.Integer(),
  request: Type.Enum(['token', 'client_credentials']),
  key: Type.String(),
  connections: Type.Integer(),
  /** How many are due in a second; without it each connection sends as soon as it was answered. */
  perSecond: Type.Optional(Type.Number()),
  /** Asked for in turn, each as often as the others. */
  tenants: Type.Integer(),
  /** Milliseconds of requests that are not measured, and of those that are. */
  warmUp: Type.Number(),
  duration: Type.Number(),
})
export type Load = Static<typeof Load>

export const Measured = Type.Object({
  requestsPerSecond: Type.Number(),
  /** Milliseconds. */
  p50: Type.Number(),
  p99: Type.Number(),
  /** All requests, those of the warm-up too. */
  requests: Type.Integer(),
  /** The share of its core that the client used while it measured, but for spinning. Near 1, it measured itself. */
  clientBusy: Type.Number(),
})
export type Measured = Static<typeof Measured>

export function isA<T extends Type.TSchema>(schema: T, message: unknown): message is Static<T> {
  return Value.Check(schema, message)
}
