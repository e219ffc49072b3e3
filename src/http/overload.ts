import type { FastifyInstance } from 'fastify'
import { FailureError } from './problems.ts'

/** Milliseconds between two looks at the event loop. */
const interval = 100
/** Milliseconds that the event loop may be late. */
const mostDelay = 250
/** Late looks in a row that mean too much to do; one or two are a pause of the machine or of the garbage collector. */
const enoughLate = 3

export interface LoadSignal {
  /** Whether this process has more to do than it can. */
  readonly overloaded: boolean
  stop(): void
}

/**
 * Looks how late a timer comes, and keeps the answer until the next: asking costs a request nothing. Timers come before
 * sockets in a turn of the loop, so whoever waited while it was late finds the signal set. `now`: monotonic milliseconds of this process.
 */
export function watchLoad(now: () => number): LoadSignal {
  let expected = now() + interval
  let late = 0
  const state = { overloaded: false, stop: () => clearInterval(timer) }
  const timer = setInterval(() => {
    const came = now()
    late = came - expected > mostDelay ? late + 1 : 0
    state.overloaded = late >= enoughLate
    expected = came + interval
  }, interval)
  timer.unref()
  return state
}

/** Turns requests away, before anything is worked out for them, while there is more to do than can be done. */
export function shedLoad(scope: FastifyInstance, load: LoadSignal, onShed: () => void): void {
  scope.addHook('onRequest', (_request, _reply, done) => {
    if (!load.overloaded) return done()
    onShed()
    done(new FailureError({ code: 'overloaded', retryAfterSeconds: 1 }))
  })
}
