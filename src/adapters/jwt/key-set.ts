import { type CryptoKey, errors, type JWTHeaderParameters } from 'jose'
import type { Clock, TokenRefusal } from '../../broker/ports.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { FetchedKeys, PublicKeys } from './fetch-keys.ts'

/** Milliseconds. Fetched anew behind the answers, so that a key that was withdrawn is soon no key any more. */
const freshFor = 10 * 60_000
/** While the issuer cannot be reached, what it said last counts for a day. */
const heldFor = 24 * 60 * 60_000
/** Between two fetches: whoever makes up key ids must not make the broker knock at the issuer's door. */
const pause = 30_000
/** Without any keys nobody of the issuer gets in, so the next attempt comes sooner. */
const pauseWithoutKeys = 5_000

export interface KeySetOptions {
  /** Never rejects; undefined where there is no answer to use. */
  readonly fetch: () => Promise<FetchedKeys | undefined>
  readonly clock: Clock
}

/** One issuer's public keys, as it published them last. */
export interface KeySet {
  /**
   * The keys that may be used, without waiting: the same object for as long as the issuer publishes the same.
   * Looks for newer ones behind the answer where they are due.
   */
  held(): PublicKeys | undefined
  /**
   * The key of this id and algorithm, with the keys it is one of; waits for a fetch only where it is not held.
   * Rejects where what the issuer published under that id cannot be read as a key.
   */
  find(header: JWTHeaderParameters): Promise<Result<FoundKey, TokenRefusal>>
}

export interface FoundKey {
  readonly key: CryptoKey
  readonly keys: PublicKeys
}

export function createKeySet({ fetch, clock }: KeySetOptions): KeySet {
  let known: (FetchedKeys & { readonly fetchedAt: number }) | undefined
  let nextFetchAt = Number.NEGATIVE_INFINITY
  let flight: Promise<void> | undefined

  function usable(): PublicKeys | undefined {
    return known !== undefined && clock.monotonic() - known.fetchedAt <= heldFor ? known.keys : undefined
  }

  /** Joins the fetch that runs, or starts one if the last was long enough ago; else there is nothing to wait for. */
  function look(): Promise<void> | undefined {
    if (flight === undefined && clock.monotonic() >= nextFetchAt) {
      flight = load().finally(() => {
        flight = undefined
      })
    }
    return flight
  }

  /** Flights are one at a time, so an older answer never replaces a newer one. */
  async function load(): Promise<void> {
    const fetchedAt = clock.monotonic()
    const fetched = await fetch()
    if (fetched !== undefined) {
      const keys = fetched.text === known?.text ? known.keys : fetched.keys
      known = { keys, text: fetched.text, fetchedAt }
    }
    nextFetchAt = clock.monotonic() + (usable() === undefined ? pauseWithoutKeys : pause)
  }

  function held(): PublicKeys | undefined {
    if (known !== undefined && clock.monotonic() - known.fetchedAt > freshFor) look()
    return usable()
  }

  return {
    held,
    async find(header) {
      const found = await pick(held(), header)
      if (found !== undefined) return ok(found)
      await look()
      // Whatever was waited for, what counts is what is held now.
      const keys = usable()
      if (keys === undefined) {
        const retryAfterSeconds = Math.max(1, Math.ceil((nextFetchAt - clock.monotonic()) / 1000))
        return fail({ code: 'issuer_unavailable', retryAfterSeconds })
      }
      const renewed = await pick(keys, header)
      return renewed === undefined ? fail({ code: 'unauthenticated' }) : ok(renewed)
    },
  }
}

/** Undefined where none has this id, or where two have: a key must be named, not guessed. */
async function pick(
  keys: PublicKeys | undefined,
  header: JWTHeaderParameters,
): Promise<FoundKey | undefined> {
  if (keys === undefined) return undefined
  try {
    return { key: await keys(header), keys }
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
