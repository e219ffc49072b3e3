import { ok } from '../domain/result.ts'
import { type AccessToken, type TokenTarget, usable } from '../domain/token.ts'
import type { Clock, MintLock, Random, SharedTokens } from './ports.ts'
import type { Minted } from './token-cache.ts'
import type { Serves } from './token-need.ts'

/**
 * Milliseconds, a little more than Entra is given for an answer. A replica that dies while it mints holds up the
 * others for no longer, and no one waits longer for another replica.
 */
export const longestWait = 11_000
/** Milliseconds between two looks at what another replica is minting; at random, so that they do not gather. */
const shortestPause = 25
const longestPause = 100

export interface SharedMintOptions {
  /** Asks Entra. */
  readonly mint: (target: TokenTarget) => Promise<Minted>
  readonly shared: SharedTokens
  readonly clock: Clock
  readonly random: Random
  readonly pause: (milliseconds: number) => Promise<void>
}

/**
 * One mint a target for all replicas: a token that another one minted if it will do, else a mint under a lock. Whoever
 * does not get the lock waits for what its holder stores. A holder that fails or dies stores nothing, and then the
 * next one mints; so failures are not shared, and cost Entra one request a replica at most.
 */
export function createSharedMint(
  options: SharedMintOptions,
): (target: TokenTarget, serves: Serves) => Promise<Minted> {
  const { mint, shared, clock, random, pause } = options

  async function find(target: TokenTarget, serves: Serves) {
    const state = await shared.find(target)
    const token = state?.token
    const found = token !== undefined && usable(token, clock.monotonic()) && serves(token) ? token : undefined
    return state && { found, minting: state.minting }
  }

  /** Nobody waits for the store: what was minted is the answer already. */
  async function mintAndShare(target: TokenTarget, lock?: MintLock): Promise<Minted> {
    try {
      const minted = await mint(target)
      if (minted.ok) void shared.store(target, minted.value)
      return minted
    } finally {
      // Sent after the token, so whoever sees the lock gone sees the token.
      void lock?.release()
    }
  }

  return async (target, serves) => {
    const deadline = clock.monotonic() + longestWait
    while (clock.monotonic() < deadline) {
      const state = await find(target, serves)
      if (state === undefined) break
      if (state.found !== undefined) return takeOver(state.found)
      const lock = state.minting ? 'taken' : await shared.lock(target, longestWait)
      if (lock === undefined) break
      if (lock === 'taken') {
        await pause(shortestPause + random.fraction() * (longestPause - shortestPause))
        continue
      }
      // Whoever had the lock may have stored a token between the look and the lock.
      const found = (await find(target, serves))?.found
      if (found === undefined) return mintAndShare(target, lock)
      void lock.release()
      return takeOver(found)
    }
    return mintAndShare(target)
  }
}

function takeOver(token: AccessToken): Minted {
  return { ...ok(token), elsewhere: true }
}
