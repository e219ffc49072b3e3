import type { MintFailure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type AccessToken, type TokenTarget, targetKey, usable } from '../domain/token.ts'
import { take } from './allowance.ts'
import { createFailureMemory } from './failure-memory.ts'
import type { Clock } from './ports.ts'
import {
  allowance,
  dropOne,
  type Entry,
  forcedBy,
  forcedInterval,
  type Holding,
  isHolding,
  newEntry,
  renew,
} from './token-entry.ts'
import { type KeptToken, TokenMemory } from './token-memory.ts'
import { hasSameRoles, isNewer, isRejected, isShort, type Serves, type TokenNeed } from './token-need.ts'

/** Milliseconds. */
const firstRetry = 5_000
const longestInterval = 300_000

export interface HeldToken {
  readonly token: AccessToken
  /** `hit`: from memory at once. `mint`: minted for this call. `shared`: another call's mint, or another replica's. */
  readonly origin: 'hit' | 'mint' | 'shared'
}

export type Acquired = Result<HeldToken, MintFailure>

/** `elsewhere`: another replica minted it, and not for this call. */
export type Minted = Result<AccessToken, MintFailure> & { readonly elsewhere?: true }

/** A target, and where its token is: whoever asks again for the same one need not look it up by its long key. */
export interface Place {
  readonly target: TokenTarget
  /** For the cache alone to set. */
  entry: Entry | undefined
}

export interface TokenCache {
  /**
   * The entry whose token answers this need at once; undefined where one must be waited for. Renews behind the answer
   * what is due. Never waits, because nearly every request ends here.
   */
  held(place: Place, need: TokenNeed): Holding | undefined
  acquire(target: TokenTarget, need: TokenNeed): Promise<Acquired>
  /**
   * A newer token than `lacking`, because that one lacks a role that may have been granted since. Undefined where
   * it is too early to ask again: Entra would answer the same, and throttles whoever keeps asking.
   */
  reissue(target: TokenTarget, lacking: AccessToken): Promise<Acquired | undefined>
  /** Lets targets that failed be tried again at once, because something was mended. */
  forgetFailures(matches: (target: TokenTarget) => boolean): void
  /** Lets the next `reissue` of this target ask Entra at once, because a newer token was seen to carry more. */
  allowReissue(target: TokenTarget): void
  readonly size: number
}

export interface TokenCacheOptions {
  readonly mint: (target: TokenTarget, serves: Serves) => Promise<Minted>
  readonly clock: Clock
  /** How many tokens are held; one that was not used lately goes first. */
  readonly capacity: number
  /** Told of faults of the broker's own in renewals that no caller waits for. */
  readonly onError: (error: unknown) => void
}

type Flight = Promise<Minted>

/**
 * Tokens in memory. Every operation is O(1) however many tenants there are.
 *
 * A target has one flight at a time: however many wait, Entra sees one request. A flight may store its outcome
 * only while it is the one that is registered for its target, so taking it out of the register ("detaching") is
 * enough to keep what it brings from ever being stored.
 */
export function createTokenCache({ mint, clock, capacity, onError }: TokenCacheOptions): TokenCache {
  const entries = new Map<string, Entry>()
  const flights = new Map<string, Flight>()
  const failures = createFailureMemory(clock, capacity)
  const memory = new TokenMemory(Buffer.alloc)
  let stored = 0

  function find(place: Place): Entry | undefined {
    if (place.entry?.token === undefined) place.entry = entries.get(targetKey(place.target))
    return place.entry
  }

  function store(key: string, minted: AccessToken): void {
    const token = memory.keep(minted)
    const known = entries.get(key)
    entries.delete(key)
    if (entries.size >= capacity) dropOne(entries)
    stored += 1
    entries.set(key, known === undefined ? newEntry(token, stored) : renew(known, token, stored))
  }

  /** A renewal that failed is tried again later and later; no caller with a usable token hears of it. */
  function postpone(key: string): void {
    const entry = entries.get(key)
    if (entry?.token === undefined) return
    entry.renewal ??= { notBefore: entry.token.refreshAt, interval: firstRetry }
    take(entry.renewal, clock.monotonic(), longestInterval)
  }

  function land(key: string, target: TokenTarget, result: Result<AccessToken, MintFailure>): void {
    if (result.ok) {
      store(key, result.value)
      return
    }
    postpone(key)
    if (usableToken(key) === undefined) failures.remember(key, target, result.failure)
  }

  function fly(key: string, target: TokenTarget, serves: Serves): Flight {
    const flight = mint(target, serves)
    flights.set(key, flight)
    const arrive = (then: () => void) => {
      if (flights.get(key) !== flight) return
      flights.delete(key)
      then()
    }
    // Registered before anybody can wait, so the outcome is stored before the first waiter goes on.
    flight.then(
      (result) => arrive(() => land(key, target, result)),
      (error) =>
        arrive(() => {
          postpone(key)
          onError(error)
        }),
    )
    return flight
  }

  function renewBehind(target: TokenTarget, kept: KeptToken): void {
    const key = targetKey(target)
    if (flights.has(key)) return
    const held = kept.copy()
    fly(key, target, (token) => isNewer(token, held) && clock.monotonic() < token.refreshAt)
  }

  async function wait(key: string, target: TokenTarget, serves: Serves): Promise<Acquired> {
    const pending = flights.get(key)
    const remembered = pending === undefined ? failures.recall(key) : undefined
    if (remembered !== undefined) return fail(remembered)
    const result = await (pending ?? fly(key, target, serves))
    if (!result.ok) return result
    const isOwn = pending === undefined && result.elsewhere === undefined
    return ok({ token: result.value, origin: isOwn ? 'mint' : 'shared' })
  }

  /** Waits for a newer token, and makes do with what is held by then if none can be had. */
  async function prefer(key: string, target: TokenTarget, serves: Serves): Promise<Acquired> {
    const result = await wait(key, target, serves)
    const token = result.ok ? undefined : usableToken(key)
    return token === undefined ? result : ok({ token, origin: 'hit' })
  }

  /** The token of this key while it may be handed out. */
  function usableToken(key: string): AccessToken | undefined {
    const token = entries.get(key)?.token
    return token !== undefined && usable(token, clock.monotonic()) ? token.copy() : undefined
  }

  async function acquireAnew(target: TokenTarget, need: TokenNeed): Promise<Acquired> {
    const key = targetKey(target)
    const entry = entries.get(key)
    const now = clock.monotonic()
    const serves: Serves = (token) => !isRejected(token, need) && !isShort(token, need, clock.monotonic())
    if (entry?.token === undefined || !usable(entry.token, now)) return wait(key, target, serves)
    const force = forcedBy(entry, entry.token, need, now)
    if (force === undefined) return wait(key, target, serves)
    const token = entry.token.copy()
    take(allowance(entry, force), now, force === 'rejected' ? forcedInterval : longestInterval)
    const improves: Serves = (newer) => isNewer(newer, token) && serves(newer)
    if (force === 'short') return prefer(key, target, improves)
    // A renewal that began before the rejection may bring back what was rejected. The other callers keep the held
    // token meanwhile: one caller's word must not take it from all of them.
    flights.delete(key)
    return wait(key, target, improves)
  }

  const cache: TokenCache = {
    get size() {
      return entries.size
    },

    held(place, need) {
      const entry = find(place)
      const now = clock.monotonic()
      if (entry === undefined || !isHolding(entry) || !usable(entry.token, now)) return undefined
      const { token } = entry
      if (forcedBy(entry, token, need, now) !== undefined) return undefined
      entry.used = true
      if (now >= (entry.renewal?.notBefore ?? token.refreshAt)) renewBehind(place.target, token)
      return entry
    },

    async acquire(target, need) {
      const held = cache.held({ target, entry: undefined }, need)
      if (held !== undefined) return ok({ token: held.token.copy(), origin: 'hit' })
      const acquired = await acquireAnew(target, need)
      // The flight of somebody else may have brought, from another replica, what this caller's resource refused.
      const isRefused =
        acquired.ok && acquired.value.origin === 'shared' && isRejected(acquired.value.token, need)
      return isRefused ? cache.acquire(target, need) : acquired
    },

    async reissue(target, lacking) {
      const key = targetKey(target)
      const entry = entries.get(key)
      if (entry?.token === undefined) return undefined
      const held = entry.token.copy()
      if (held.value !== lacking.value) return ok({ token: held, origin: 'shared' })
      // Half a minute for a token without any role: its tenant is being set up, and somebody is waiting.
      const longest = lacking.roles?.length === 0 ? forcedInterval : longestInterval
      if (!flights.has(key) && !take(allowance(entry, 'roles'), clock.monotonic(), longest)) return undefined
      return prefer(key, target, (token) => isNewer(token, lacking) && !hasSameRoles(token, lacking))
    },

    forgetFailures: (matches) => failures.forgetWhere(matches),

    allowReissue(target) {
      const entry = entries.get(targetKey(target))
      if (entry !== undefined) allowance(entry, 'roles').notBefore = clock.monotonic()
    },
  }
  return cache
}
