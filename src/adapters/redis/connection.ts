import { setTimeout as delay } from 'node:timers/promises'
import { createClient, createCluster, createSentinel } from 'redis'
import type { RedisAccount, RedisServers } from '../../domain/redis-servers.ts'

/** Milliseconds. */
const connectTimeout = 2_000
/** A connection without traffic says so much that a dead one is noticed, and is made anew. */
const pingInterval = 1_000
const socketTimeout = 4_000
const firstReconnect = 50
const longestReconnect = 2_000

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
  /**
   * Starts over with a new connection: a cluster's client, for one, never looks again at a topology that names a node
   * which was dead already when it first connected to it.
   */
  renew(): void
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
export function openRedis(servers: RedisServers, events: ConnectionEvents): RedisConnection {
  let open = openClient(servers, events)

  return {
    mGet: (keys) => open.client.mGet(keys),
    pTTL: (key) => open.client.pTTL(key),
    set: (key, value, milliseconds) =>
      open.client.set(key, value, { expiration: { type: 'PX', value: milliseconds } }),
    async setIfAbsent(key, value, milliseconds) {
      const reply = await open.client.set(key, value, {
        condition: 'NX',
        expiration: { type: 'PX', value: milliseconds },
      })
      return reply !== null
    },
    deleteIfEqual: (key, value) => open.client.eval(compareAndDelete, { keys: [key], arguments: [value] }),
    renew() {
      open.close().catch(events.failed)
      open = openClient(servers, events)
    },
    close: () => open.close(),
  }
}

function openClient(servers: RedisServers, { failed, connected }: ConnectionEvents) {
  const client = createRedisClient(servers)
  for (const event of ['error', 'node-error']) client.on(event, failed)
  const onReady = () => {
    if (client.isReady) connected()
  }
  for (const event of ['ready', 'connect', 'node-ready']) client.on(event, onReady)
  const closing = new AbortController()
  const connecting = keepConnecting(() => client.connect(), failed, closing.signal)
  return {
    client,
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
