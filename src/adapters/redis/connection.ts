import { setTimeout as delay } from 'node:timers/promises'
import { createClient, createCluster, createSentinel } from 'redis'

/** Milliseconds. */
const connectTimeout = 2_000
/** A connection without traffic says so much that a dead one is noticed, and is made anew. */
const pingInterval = 1_000
const socketTimeout = 4_000
const firstReconnect = 50
const longestReconnect = 2_000

export interface RedisNode {
  readonly host: string
  readonly port: number
}

interface RedisAccount {
  readonly username?: string
  readonly password?: string
}

/** Where Redis is, and how one signs in. */
export type RedisServers = RedisAccount & {
  readonly nodes: readonly RedisNode[]
  readonly tls: boolean
  /** Trusted in the place of the system's authorities; PEM. */
  readonly ca?: string
} & (
    | { readonly kind: 'standalone'; readonly database: number }
    | { readonly kind: 'cluster' }
    | {
        readonly kind: 'sentinel'
        readonly database: number
        /** What the sentinels call the servers that they watch. */
        readonly service: string
        /** How one signs in to the sentinels themselves. */
        readonly sentinelAccount: RedisAccount
      }
  )

/** The commands that are used, which is what the account must be allowed. */
export interface RedisConnection {
  mGet(keys: string[]): Promise<(string | null)[]>
  /** Milliseconds until a key goes; negative where it never goes or is not there. */
  pTTL(key: string): Promise<number>
  set(key: string, value: string, milliseconds: number): Promise<unknown>
  /** Whether the key was not there and is now. */
  setIfAbsent(key: string, value: string, milliseconds: number): Promise<boolean>
  /** Deletes the key if this is its value, in one step. */
  deleteIfEqual(key: string, value: string): Promise<unknown>
  close(): Promise<void>
}

export interface ConnectionEvents {
  failed(error: unknown): void
  connected(): void
}

const compareAndDelete = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end"

/**
 * Connects behind the start, and again whenever the connection is lost; meanwhile commands fail at once.
 * `failed` is told of every attempt that fails, `connected` of a server that can be used.
 */
export function openRedis(servers: RedisServers, { failed, connected }: ConnectionEvents): RedisConnection {
  const client = createRedisClient(servers)
  client.on('error', failed)
  // A cluster connects to a node when it is asked for something of it.
  for (const event of servers.kind === 'cluster' ? ['connect', 'node-ready'] : ['ready'])
    client.on(event, connected)
  const closing = new AbortController()
  const connecting = keepConnecting(() => client.connect(), failed, closing.signal)

  return {
    mGet: (keys) => client.mGet(keys),
    pTTL: (key) => client.pTTL(key),
    set: (key, value, milliseconds) =>
      client.set(key, value, { expiration: { type: 'PX', value: milliseconds } }),
    async setIfAbsent(key, value, milliseconds) {
      const reply = await client.set(key, value, {
        condition: 'NX',
        expiration: { type: 'PX', value: milliseconds },
      })
      return reply !== null
    },
    deleteIfEqual: (key, value) => client.eval(compareAndDelete, { keys: [key], arguments: [value] }),
    async close() {
      closing.abort()
      await client.destroy()
      await connecting
    },
  }
}

function createRedisClient(servers: RedisServers) {
  const { nodes, tls, ca } = servers
  const socket = {
    connectTimeout,
    socketTimeout,
    reconnectStrategy: (retries: number) =>
      Math.min(firstReconnect * 2 ** Math.min(retries, 10), longestReconnect),
    ...(tls ? { tls: true as const, ...(ca === undefined ? {} : { ca }) } : {}),
  }
  const behaviour = {
    socket,
    pingInterval,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled' as const,
  }
  const client = { ...behaviour, ...accountOf(servers) }
  const [first = { host: '127.0.0.1', port: 6379 }] = nodes
  switch (servers.kind) {
    case 'standalone':
      return createClient({ ...client, socket: { ...socket, ...first }, database: servers.database })
    case 'cluster':
      return createCluster({
        rootNodes: nodes.map((node) => ({ ...client, socket: { ...socket, ...node } })),
        defaults: client,
        // A node that is away must not keep the others from being used.
        minimizeConnections: true,
      })
    case 'sentinel':
      return createSentinel({
        name: servers.service,
        sentinelRootNodes: [...nodes],
        nodeClientOptions: { ...client, database: servers.database },
        sentinelClientOptions: { ...behaviour, ...accountOf(servers.sentinelAccount) },
      })
  }
}

function accountOf({ username, password }: RedisAccount): RedisAccount {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
}

/** A cluster and sentinels give up where none of them answers at first. */
async function keepConnecting(
  connect: () => Promise<unknown>,
  failed: (error: unknown) => void,
  closing: AbortSignal,
): Promise<void> {
  for (let retries = 0; !closing.aborted; retries += 1) {
    try {
      await connect()
      return
    } catch (error) {
      if (closing.aborted) return
      failed(error)
      const pause = Math.min(firstReconnect * 2 ** Math.min(retries, 10), longestReconnect)
      await delay(pause, undefined, { signal: closing }).catch(() => undefined)
    }
  }
}
