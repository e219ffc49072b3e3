import { type Answer, askBroker, isPassing } from './ask-broker.ts'
import { type BrokerError, clientError } from './broker-error.ts'
import type { Settings } from './options.ts'

/** Milliseconds before the second attempt where the broker names no time; doubles with each further one. */
const firstWait = 250
const longestWait = 8_000

/**
 * Asks until there is a token, a failure that will not pass, or a wait that would end after the deadline: then the
 * last failure is thrown at once, since waiting for it to come again helps nobody.
 */
export async function askUntilDeadline(
  settings: Settings,
  rejectedSha256: string | undefined,
  stop: AbortSignal,
): Promise<Answer> {
  const { platform, deadline } = settings
  const end = platform.monotonic() + deadline
  const late = AbortSignal.timeout(deadline)
  const signal = AbortSignal.any([stop, late])
  let wait = firstWait
  while (true) {
    try {
      return await askBroker(settings, rejectedSha256, signal)
    } catch (error) {
      if (late.aborted) throw exceeded(deadline)
      if (stop.aborted || !isPassing(error)) throw error
      const pause = pauseOf(error, wait, platform.random())
      if (platform.monotonic() + pause >= end) throw error
      // Cut short, the next attempt finds the signal aborted and says which it was.
      await platform.sleep(pause, signal).catch(() => {})
      wait = Math.min(wait * 2, longestWait)
    }
  }
}

/** Up to a tenth later than asked for, at random: services that were told the same time do not come at once. */
function pauseOf({ retryAfterSeconds }: BrokerError, wait: number, random: number): number {
  return retryAfterSeconds === undefined
    ? wait * (0.5 + random)
    : retryAfterSeconds * 1000 * (1 + random / 10)
}

function exceeded(deadline: number): BrokerError {
  return clientError('deadline_exceeded', `The broker gave no answer within ${deadline / 1000} s.`)
}
