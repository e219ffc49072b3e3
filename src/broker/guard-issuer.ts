import { type CloudName, cloudNames } from '../domain/cloud.ts'
import type { MintFailure } from '../domain/failure.ts'
import { fail, type Result } from '../domain/result.ts'
import type { AccessToken, TokenTarget } from '../domain/token.ts'
import { type Breaker, createBreaker, type Outcome, type Report } from './breaker.ts'
import { createFlightLimit, type FlightLimit, type FlightLimitOptions } from './flight-limit.ts'
import { createGate } from './gate.ts'
import type { Acquisition, Clock, TokenIssuer } from './ports.ts'

/** How many wait for a place among those at Entra, and milliseconds that each of them does. */
export const entraQueue = { queue: 200, patience: 250 }
/** Seconds. */
const busyPause = 1

export interface IssuerGuardOptions {
  readonly issuer: TokenIssuer
  readonly clock: Clock
  readonly onBreaker: (cloud: CloudName, state: 'closed' | 'open') => void
  readonly limits: FlightLimitOptions
}

export interface IssuerGuard {
  /** For callers. Refuses at once what Entra should not be asked now. */
  readonly forCallers: TokenIssuer
  /**
   * For trials and diagnoses of operators, who want to know how Entra stands: past the breaker and the limit, and
   * what Entra answers closes the breaker. Not past a gate: Microsoft asked for that pause.
   */
  readonly forOperators: TokenIssuer
  /** What is shown of each cloud. */
  clouds(): readonly GuardedCloud[]
}

export interface GuardedCloud {
  readonly cloud: CloudName
  /** 0: closed. 1: open, Entra is left alone. */
  readonly open: 0 | 1
  /** Pairs of application and directory that Entra asked to be left alone. */
  readonly gates: number
  readonly flying: number
  readonly waiting: number
}

type Minted = Result<AccessToken, MintFailure>

/** Keeps Entra from being asked in vain: gates after 429, a breaker and a limit of flights for each cloud. */
export function guardIssuer(options: IssuerGuardOptions): IssuerGuard {
  const { issuer, clock, onBreaker, limits } = options
  const gate = createGate(clock)
  const lines = new Map<CloudName, { readonly breaker: Breaker; readonly limit: FlightLimit }>()

  function lineOf(cloud: CloudName) {
    const line = lines.get(cloud) ?? {
      breaker: createBreaker(clock, (state) => onBreaker(cloud, state)),
      limit: createFlightLimit(limits),
    }
    lines.set(cloud, line)
    return line
  }

  function refusal(target: TokenTarget, breaker: Breaker): MintFailure | undefined {
    const throttled = gate.closed(target)
    if (throttled !== undefined) return throttled
    const pause = breaker.pause()
    if (pause === 0) return undefined
    return { code: 'entra_unavailable', retryAfterSeconds: Math.ceil(pause / 1000) }
  }

  async function ask(acquisition: Acquisition, report: Report): Promise<Minted> {
    let outcome: Outcome = 'unknown'
    try {
      const result = await issuer.acquire(acquisition)
      outcome = outcomeOf(result)
      if (!result.ok && result.failure.code === 'entra_throttled')
        gate.close(acquisition.target, result.failure)
      return result
    } finally {
      report(outcome)
    }
  }

  return {
    forCallers: {
      async acquire(acquisition) {
        const { target } = acquisition
        const { breaker, limit } = lineOf(target.cloud)
        const refused = refusal(target, breaker)
        if (refused !== undefined) return fail(refused)
        if (!(await limit.enter())) return fail({ code: 'entra_busy', retryAfterSeconds: busyPause })
        try {
          // Those who went first may have learned something meanwhile. Nothing is waited for from here to the
          // request, so one probe at a time has leave.
          const now = refusal(target, breaker)
          return now === undefined ? await ask(acquisition, breaker.admit()) : fail(now)
        } finally {
          limit.leave()
        }
      },
    },
    forOperators: {
      async acquire(acquisition) {
        const throttled = gate.closed(acquisition.target)
        if (throttled !== undefined) return fail(throttled)
        return ask(acquisition, lineOf(acquisition.target.cloud).breaker.insist())
      },
    },
    clouds: () =>
      cloudNames.map((cloud) => {
        const { breaker, limit } = lineOf(cloud)
        const { flying, waiting } = limit
        return { cloud, open: breaker.state === 'closed' ? 0 : 1, gates: gate.count(cloud), flying, waiting }
      }),
  }
}

/** Nonsense is an answer, of whatever stands between: to leave it alone mends nothing, and its 502 says more. */
function outcomeOf(result: Minted): Outcome {
  if (result.ok) return 'answered'
  switch (result.failure.code) {
    case 'entra_unavailable':
      return 'failed'
    // The assertion was to be signed in the vault, so Entra was not asked.
    case 'key_vault_unavailable':
    case 'key_vault_denied':
    case 'credential_unreadable':
      return 'unknown'
    default:
      return 'answered'
  }
}
