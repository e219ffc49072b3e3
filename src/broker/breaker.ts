import type { Clock } from './ports.ts'

const mostFailures = 5
/** Milliseconds. */
const failureWindow = 30_000
const openTime = 30_000
const probePause = 1_000

/** `unknown`: it was not asked after all, or nobody can say what it answered. */
export type Outcome = 'answered' | 'failed' | 'unknown'
export type Report = (outcome: Outcome) => void
export type BreakerState = 'closed' | 'open' | 'probing'

export interface Breaker {
  readonly state: BreakerState
  /** Milliseconds for which nobody has leave to ask; 0 where one may ask now. */
  pause(): number
  /** Leave to ask once, where `pause` is 0. How it went must be reported, or a probe would never end. */
  admit(): Report
  /** Leave to ask whatever the state, for somebody who wants to know how it stands. An answer counts all the same. */
  insist(): Report
}

/**
 * Leaves a service alone for half a minute after five failures within half a minute with no answer between them; then
 * one request tries how it stands. An answer between failures counts, or one directory that fails would take all the
 * others with it; and whatever it says: refusing is no failure.
 *
 * Outcomes of requests that began before the last change of state are not looked at: they tell of the time before.
 */
export function createBreaker(clock: Clock, onChange: (state: 'closed' | 'open') => void): Breaker {
  let failedAt: readonly number[] = []
  let openUntil: number | undefined
  let probing = false
  let era = 0

  function open(): void {
    if (openUntil === undefined) onChange('open')
    openUntil = clock.monotonic() + openTime
    era += 1
  }

  function close(): void {
    failedAt = []
    if (openUntil === undefined) return
    openUntil = undefined
    era += 1
    onChange('closed')
  }

  function countFailure(): void {
    const now = clock.monotonic()
    failedAt = [...failedAt.filter((at) => now - at < failureWindow), now]
    if (failedAt.length >= mostFailures) open()
  }

  function leave(isProbe: boolean): Report {
    const begun = era
    return (outcome) => {
      if (isProbe) probing = false
      if (begun !== era) return
      if (outcome === 'answered') close()
      else if (outcome === 'failed' && openUntil === undefined) countFailure()
      else if (outcome === 'failed' && isProbe) open()
    }
  }

  return {
    get state() {
      if (openUntil === undefined) return 'closed'
      return probing ? 'probing' : 'open'
    },
    pause() {
      if (openUntil === undefined) return 0
      return probing ? probePause : Math.max(0, openUntil - clock.monotonic())
    },
    admit() {
      if (openUntil === undefined) return leave(false)
      probing = true
      return leave(true)
    },
    insist: () => leave(false),
  }
}
