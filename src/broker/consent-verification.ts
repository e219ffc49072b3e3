import type { ConsentClaim } from '../domain/consent.ts'
import { targetOf } from './authorise.ts'
import { declaredResources, findConsent } from './consent-finding.ts'
import { findConsentSubject } from './consent-subject.ts'
import { forgetFailures, type Learned, type LearnOptions, learn } from './learn.ts'
import type { createMint } from './mint.ts'
import type { Clock } from './ports.ts'
import type { Registry } from './registry.ts'

/** Milliseconds after a consent at which it is looked for: it spreads within seconds, or a minute. */
const moments = [0, 2, 4, 8, 15, 25, 40, 58].map((seconds) => seconds * 1000)

/** Resolves after so many milliseconds, or as soon as the signal aborts. Never rejects. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>

export interface ConsentVerificationOptions extends LearnOptions {
  readonly registry: Registry
  readonly mint: ReturnType<typeof createMint>
  readonly clock: Clock
  readonly wait: Wait
  /** An error that nobody waits for. */
  readonly onError: (error: unknown) => void
}

export interface ConsentVerification {
  /** Looks for a consent behind the answer, until all that was declared is there, or for a minute. */
  start(claim: ConsentClaim, startedAt: number): void
  /** Ends all of it; what Entra still answers is dropped. */
  stop(): void
}

interface Consent {
  readonly claim: ConsentClaim
  /** Unix time in milliseconds. */
  readonly startedAt: number
  readonly startedMonotonic: number
}

interface Flight {
  /** The one that is looked for; another object as soon as somebody has consented again. */
  consent: Consent
  wake(): void
}

/**
 * Finds out by tokens whether a consent is there. Of each application in each tenant one flight looks at a time:
 * who consents again meanwhile joins it, and it begins anew.
 */
export function createConsentVerification(options: ConsentVerificationOptions): ConsentVerification {
  const { clock, wait, onError } = options
  const flights = new Map<string, Flight>()
  let isStopped = false

  async function follow(key: string, flight: Flight): Promise<void> {
    try {
      while (!isStopped) {
        const { consent } = flight
        const look = await lookFor(options, consent, () => isStopped)
        // What was seen may be older than a consent that was given meanwhile.
        if (flight.consent !== consent) continue
        const elapsed = clock.monotonic() - consent.startedMonotonic
        const next = look.isOver ? undefined : nextMoment(elapsed, look.pause)
        // From here to the end nothing is awaited, so nobody joins a flight that has made up its mind.
        if (next === undefined) return
        const sleep = new AbortController()
        flight.wake = () => sleep.abort()
        await wait(next - elapsed, sleep.signal)
      }
    } finally {
      flights.delete(key)
    }
  }

  return {
    start(claim, startedAt) {
      if (isStopped) return
      const consent = { claim, startedAt, startedMonotonic: clock.monotonic() }
      const key = `${claim.tenantUid} ${claim.applicationUid}`
      const joined = flights.get(key)
      if (joined !== undefined) {
        joined.consent = consent
        return joined.wake()
      }
      const flight: Flight = { consent, wake: () => undefined }
      flights.set(key, flight)
      follow(key, flight).catch(onError)
    },
    stop() {
      isStopped = true
      for (const flight of flights.values()) flight.wake()
    },
  }
}

/** `pause`: milliseconds for which Entra is to be left alone. */
function nextMoment(elapsed: number, pause: number): number | undefined {
  return moments.find((moment) => moment > elapsed && moment >= elapsed + pause)
}

/** One look, past the cache, for every resource that the application declares permissions of. */
async function lookFor(
  options: ConsentVerificationOptions,
  { claim, startedAt }: Consent,
  isStopped: () => boolean,
): Promise<{ readonly isOver: boolean; readonly pause: number }> {
  const { registry, mint } = options
  const snapshot = registry.snapshot()
  if (!snapshot.ok) return { isOver: false, pause: 0 }
  const subject = findConsentSubject(snapshot.value, claim)
  if (subject === undefined) return { isOver: true, pause: 0 }
  const learned: Learned = await Promise.all(
    declaredResources(subject.application).map(
      async (resource) =>
        [resource, await mint(targetOf(subject.tenant, subject.application, resource))] as const,
    ),
  )
  if (isStopped()) return { isOver: true, pause: 0 }
  const since = new Date(startedAt).toISOString()
  await learn(options, subject, learned, since)
  if (learned.some(([, result]) => result.ok)) forgetFailures(options, subject)
  // What the registry has by now decides, as it does for the page that the administrator looks at.
  return { isOver: findConsent(snapshot.value, subject, since).kind === 'ready', pause: pauseOf(learned) }
}

function pauseOf(learned: Learned): number {
  const asked = learned.map(([, result]) =>
    !result.ok && 'retryAfterSeconds' in result.failure ? result.failure.retryAfterSeconds : 0,
  )
  return Math.max(...asked) * 1000
}
