import type { Clock } from './ports.ts'

/** Milliseconds: beyond the first somebody is told, beyond the second this replica should get no requests. */
const tolerated = 60_000
const unbearable = 300_000
/** Milliseconds after which nobody knows any more: a machine that was suspended counted no time meanwhile. */
const memory = 600_000

export interface ClockSkew {
  /**
   * Time for what is between the broker and Entra: the broker's own while Entra bears it, else Entra's, so that a
   * wrong clock keeps no assertion from being taken.
   */
  readonly clock: Clock
  /** What Entra's clock said just now: Unix milliseconds. */
  saw(unix: number): void
  /** Seconds that the broker's clock is ahead of Entra's; undefined where Entra said nothing lately. */
  seconds(): number | undefined
  /** In words that anybody may read; empty where all is well. */
  warnings(): readonly string[]
  /** Why this replica should get no requests. */
  reasons(): readonly string[]
}

/**
 * Compares the broker's clock with Entra's. What Entra said runs on by the monotonic clock, so a clock that is
 * stepped, or set right again, shows at once and without another request.
 */
export function createClockSkew(clock: Clock, onDrift: (seconds: number) => void): ClockSkew {
  let known: { readonly offset: number; readonly at: number } | undefined
  let isTold = false

  function ahead(): number | undefined {
    if (known === undefined || clock.monotonic() - known.at > memory) return undefined
    return clock.now() - clock.monotonic() - known.offset
  }

  function seconds(): number | undefined {
    const milliseconds = ahead()
    return milliseconds === undefined ? undefined : Math.round(milliseconds / 1000)
  }

  function beyond(limit: number): readonly string[] {
    const milliseconds = ahead() ?? 0
    if (Math.abs(milliseconds) <= limit) return []
    const direction = milliseconds > 0 ? 'ahead of' : 'behind'
    return [`the clock is ${Math.round(Math.abs(milliseconds) / 1000)} s ${direction} Entra's`]
  }

  return {
    clock: {
      monotonic: clock.monotonic,
      now() {
        const milliseconds = ahead() ?? 0
        return clock.now() - (Math.abs(milliseconds) > unbearable ? milliseconds : 0)
      },
    },
    saw(unix) {
      const at = clock.monotonic()
      known = { offset: unix - at, at }
      const isBad = beyond(tolerated).length > 0
      if (isBad !== isTold) onDrift(seconds() ?? 0)
      isTold = isBad
    },
    seconds,
    warnings: () => beyond(tolerated),
    reasons: () => beyond(unbearable),
  }
}
