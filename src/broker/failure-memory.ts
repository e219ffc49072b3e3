import type { MintFailure } from '../domain/failure.ts'
import type { TokenTarget } from '../domain/token.ts'
import type { Clock } from './ports.ts'

/** Milliseconds: long enough to shield Entra from a herd, short enough for a person who is mending something. */
const memory = 30_000
const shortestMemory = 1_000
const longestMemory = 300_000

export interface FailureMemory {
  /** The failure of this target that still stands; its Retry-After is what remains of it. */
  recall(key: string): MintFailure | undefined
  remember(key: string, target: TokenTarget, failure: MintFailure): void
  forgetWhere(matches: (target: TokenTarget) => boolean): void
}

/**
 * Remembers failures for half a minute, or for as long as the caller is told to wait, so that whoever waits as told
 * gets a new attempt. Bounded, oldest first out.
 */
export function createFailureMemory(clock: Clock, capacity: number): FailureMemory {
  const failures = new Map<string, { target: TokenTarget; failure: MintFailure; until: number }>()

  return {
    recall(key) {
      const known = failures.get(key)
      if (known === undefined) return undefined
      const remaining = known.until - clock.monotonic()
      if (remaining <= 0) {
        failures.delete(key)
        return undefined
      }
      if (!('retryAfterSeconds' in known.failure)) return known.failure
      return { ...known.failure, retryAfterSeconds: Math.ceil(remaining / 1000) }
    },
    remember(key, target, failure) {
      const asked = 'retryAfterSeconds' in failure ? failure.retryAfterSeconds * 1000 : memory
      const until = clock.monotonic() + Math.min(Math.max(shortestMemory, asked), longestMemory)
      failures.delete(key)
      failures.set(key, { target, failure, until })
      const oldest = failures.keys().next()
      if (failures.size > capacity && !oldest.done) failures.delete(oldest.value)
    },
    forgetWhere(matches) {
      for (const [key, { target }] of failures) if (matches(target)) failures.delete(key)
    },
  }
}
