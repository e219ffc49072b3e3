import type { Clock } from '../../broker/ports.ts'
import { settlesInTime } from './deadline.ts'

/** Milliseconds for which Redis is left alone after a failure; then one command tries it. */
export const openFor = 5_000
/** After so long without an answer the connection itself may be the fault. */
const stuckAfter = 15_000

/** Told when Redis is left alone, and why, and when it is used again. */
export interface BreakerEvents {
  opened(error: unknown): void
  closed(): void
  /** Every 15 s while nothing is answered. */
  stuck(): void
}

export interface Breaker {
  readonly isOpen: boolean
  /** Commands that came to nothing. */
  readonly failures: Readonly<Record<'timeout' | 'error', number>>
  /** What the command replied; undefined where it failed, took too long, or was not sent. */
  attempt<T>(command: () => Promise<T>, onLate?: (reply: T) => void): Promise<T | undefined>
  /** The connection failed while nothing was asked. */
  fail(error: unknown): void
  /** There is a connection. The first is used at once; after a failure the next command tries it. */
  connected(): void
}

/**
 * One failure is enough: a server that hangs costs those who ask at that moment one timeout, and afterwards one
 * caller in five seconds. Without it every token would come later by as many timeouts as it takes commands.
 */
export function createBreaker(clock: Clock, events: BreakerEvents): Breaker {
  const failures = { timeout: 0, error: 0 }
  /** When Redis may be tried; undefined while it is used. At first the connection is being made. */
  let notBefore: number | undefined = clock.monotonic() + openFor
  let isTold = false
  let stuckAt = Number.POSITIVE_INFINITY
  let isProbing = false

  function open(error: unknown): void {
    const now = clock.monotonic()
    notBefore = now + openFor
    if (!isTold) events.opened(error)
    if (now >= stuckAt) events.stuck()
    if (!isTold || now >= stuckAt) stuckAt = now + stuckAfter
    isTold = true
  }

  async function run<T>(
    command: () => Promise<T>,
    onLate: (reply: T) => void,
  ): Promise<{ readonly reply: T } | undefined> {
    const running = command()
    if (!(await settlesInTime(running))) {
      failures.timeout += 1
      open(new Error('Redis does not answer in time.'))
      running.then(onLate, () => undefined)
      return undefined
    }
    try {
      return { reply: await running }
    } catch (error) {
      failures.error += 1
      open(error)
      return undefined
    }
  }

  return {
    failures,
    get isOpen() {
      return notBefore !== undefined
    },
    async attempt(command, onLate = () => undefined) {
      if (notBefore === undefined) return (await run(command, onLate))?.reply
      if (isProbing || clock.monotonic() < notBefore) return undefined
      isProbing = true
      const probed = await run(command, onLate)
      isProbing = false
      if (probed === undefined) return undefined
      notBefore = undefined
      if (isTold) events.closed()
      isTold = false
      return probed.reply
    },
    fail(error) {
      if (!isTold) open(error)
    },
    connected() {
      if (notBefore !== undefined) notBefore = isTold ? clock.monotonic() : undefined
    },
  }
}
