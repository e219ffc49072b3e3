import type { Clock, Random, SharedTokens } from '../../broker/ports.ts'
import type { AccessToken, TokenTarget } from '../../domain/token.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import type { RedisConnection } from './connection.ts'
import { type EntryKeys, nameEntry, openEntry, sealEntry } from './sealed-entry.ts'
import { fromShared, toShared } from './shared-times.ts'

/** Milliseconds between two alarms about entries that are refused. */
const alarmInterval = 60_000

/** Told of what an operator should know. */
export interface RedisEvents {
  unavailable(error: unknown): void
  available(): void
  /** At most once a minute: so many entries were refused since the last time. */
  refused(entries: number): void
}

export interface RedisTokens extends SharedTokens {
  /** Looks at entries by what came of them, and commands that came to nothing. */
  readonly lookups: Readonly<Record<'hit' | 'miss' | 'refused', number>>
  readonly failures: Breaker['failures']
  readonly isAvailable: boolean
  /** To be told of the connection. */
  readonly fail: Breaker['fail']
  readonly connected: Breaker['connected']
}

export interface RedisTokensOptions {
  readonly connection: RedisConnection
  /** To seal with, first; entries of the others are read. */
  readonly keys: readonly EntryKeys[]
  readonly clock: Clock
  readonly random: Random
  readonly events: RedisEvents
}

/** Tokens in Redis, sealed: Redis keeps them and cannot read, change, prolong or exchange them. */
export function createRedisTokens({
  connection,
  keys,
  clock,
  random,
  events,
}: RedisTokensOptions): RedisTokens {
  const [current, ...previous] = keys
  if (current === undefined) throw new Error('no key to seal tokens with')
  const breaker = createBreaker(clock, { opened: events.unavailable, closed: events.available })
  const lookups = { hit: 0, miss: 0, refused: 0 }
  const alarm = createAlarm(clock, events.refused)

  /** Undefined where Redis is away; null where there is no entry that could be read. */
  async function read(
    entryKeys: EntryKeys,
    name: string,
    sealed: string,
  ): Promise<AccessToken | null | undefined> {
    const timeToLive = await breaker.attempt(() => connection.pTTL(name))
    if (timeToLive === undefined) return undefined
    const entry = openEntry(entryKeys, name, sealed)
    const token = entry && fromShared(entry, timeToLive, clock)
    lookups[token === undefined ? 'refused' : 'hit'] += 1
    if (token === undefined) alarm()
    return token ?? null
  }

  /** An entry that was sealed before the broker's secret was replaced. */
  async function findPrevious(target: TokenTarget): Promise<AccessToken | null | undefined> {
    for (const entryKeys of previous) {
      const name = nameEntry(entryKeys, target)
      const reply = await breaker.attempt(() => connection.mGet([name]))
      if (reply === undefined) return undefined
      const [sealed] = reply
      if (typeof sealed === 'string') return read(entryKeys, name, sealed)
    }
    lookups.miss += 1
    return null
  }

  return {
    lookups,
    failures: breaker.failures,
    fail: breaker.fail,
    connected: breaker.connected,
    get isAvailable() {
      return !breaker.isOpen
    },

    async find(target) {
      const name = nameEntry(current, target)
      const reply = await breaker.attempt(() => connection.mGet([name, lockOf(name)]))
      if (reply === undefined) return undefined
      const [sealed, holder] = reply
      const token = await (typeof sealed === 'string' ? read(current, name, sealed) : findPrevious(target))
      if (token === undefined) return undefined
      return { minting: typeof holder === 'string', ...(token === null ? {} : { token }) }
    },

    async lock(target, milliseconds) {
      const key = lockOf(nameEntry(current, target))
      const holder = random.bytes(16).toString('base64url')
      const release = async () => {
        await breaker.attempt(() => connection.deleteIfEqual(key, holder))
      }
      // A lock that comes after its time is nobody's: the caller has gone on without it.
      const onLate = (isTaken: boolean) => void (isTaken && release())
      const isTaken = await breaker.attempt(() => connection.setIfAbsent(key, holder, milliseconds), onLate)
      if (isTaken === undefined) return undefined
      return isTaken ? { release } : 'taken'
    },

    async store(target, token) {
      const name = nameEntry(current, target)
      const entry = toShared(token, clock)
      const timeToLive = entry.until - Math.ceil(clock.now())
      if (timeToLive <= 0) return
      const sealed = sealEntry(current, name, entry, random)
      await breaker.attempt(() => connection.set(name, sealed, timeToLive))
    },
  }
}

function lockOf(name: string): string {
  return `${name}:lock`
}

function createAlarm(clock: Clock, raise: (entries: number) => void): () => void {
  let entries = 0
  let notBefore = 0
  return () => {
    entries += 1
    if (clock.monotonic() < notBefore) return
    notBefore = clock.monotonic() + alarmInterval
    raise(entries)
    entries = 0
  }
}
