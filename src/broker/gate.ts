import type { CloudName } from '../domain/cloud.ts'
import type { MintFailure } from '../domain/failure.ts'
import type { TokenTarget } from '../domain/token.ts'
import type { Clock } from './ports.ts'

type Throttled = Extract<MintFailure, { readonly code: 'entra_throttled' }>

/** Pauses that are kept at a time; the one that was asked for first goes first. */
const mostPauses = 50_000

export interface Gate {
  /** Undefined where Entra may be asked; else what it said, with the rest of the pause that it asked for. */
  closed(target: TokenTarget): Throttled | undefined
  /** Entra asked for a pause. Of two that overlap the one that ends later stands. */
  close(target: TokenTarget, throttled: Throttled): void
  /** How many are closed in a cloud now. */
  count(cloud: CloudName): number
}

/**
 * Keeps the pauses that Entra asks for (429 and Retry-After). It counts requests by application and directory, so
 * the pause holds for all that this pair asks for, of whatever resource and whoever waits for it. It only passes
 * with time: a success that was on its way already opens nothing, and neither does an operator.
 */
export function createGate(clock: Clock): Gate {
  const pauses = new Map<string, { target: TokenTarget; throttled: Throttled; until: number }>()

  function standing(key: string) {
    const pause = pauses.get(key)
    if (pause === undefined || pause.until > clock.monotonic()) return pause
    pauses.delete(key)
    return undefined
  }

  return {
    closed(target) {
      const pause = standing(pairOf(target))
      if (pause === undefined) return undefined
      const remaining = pause.until - clock.monotonic()
      return { ...pause.throttled, retryAfterSeconds: Math.ceil(remaining / 1000) }
    },
    close(target, throttled) {
      const key = pairOf(target)
      const until = clock.monotonic() + throttled.retryAfterSeconds * 1000
      if ((standing(key)?.until ?? 0) >= until) return
      pauses.delete(key)
      pauses.set(key, { target, throttled, until })
      const oldest = pauses.keys().next()
      if (pauses.size > mostPauses && !oldest.done) pauses.delete(oldest.value)
    },
    count(cloud) {
      for (const key of pauses.keys()) standing(key)
      return [...pauses.values()].filter(({ target }) => target.cloud === cloud).length
    },
  }
}

function pairOf({ cloud, clientId, directoryId }: TokenTarget): string {
  return `${cloud} ${clientId} ${directoryId}`
}
