import type { Clouds } from '../domain/cloud.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { drawSecret, hashSecret, isSecret } from './consent-secret.ts'
import { claimOf, type OpenConsentLink } from './consent-subject.ts'
import type { Clock, Random } from './ports.ts'
import type { Registry } from './registry.ts'

/** Milliseconds for which somebody may be at Microsoft's. */
export const visitLifetime = 600_000
/** Visits of one tenant and application within that time, so that nobody who has a link fills the database. */
const mostVisits = 50

export interface BeginConsentOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  readonly clouds: Clouds
  readonly openLink: OpenConsentLink
  /** Where Microsoft sends the browser back to. */
  readonly redirectUri: string
}

export interface Departure {
  /** Microsoft's consent page. */
  readonly url: string
  /** What the browser must bring back to be known as the one that left. */
  readonly browser: string
}

export type BeginConsent = (
  ticket: string,
  browser: string | undefined,
) => Promise<Result<Departure, 'link_invalid' | 'too_many' | 'unavailable'>>

/**
 * Sends a browser to Entra's v1 consent page of exactly the expected directory, so that an administrator of
 * another one cannot consent by mistake, with a state that works once, for ten minutes, in this browser alone.
 */
export function createBeginConsent(options: BeginConsentOptions): BeginConsent {
  const { registry, clock, random, clouds, openLink, redirectUri } = options
  return async (ticket, known) => {
    const opened = openLink(ticket)
    if (!opened.ok) return opened
    const { tenant, application } = opened.value
    // One secret for all tabs of a browser: a second visit does not make the first one foreign.
    const browser = known !== undefined && isSecret(known) ? known : drawSecret(random)
    const state = drawSecret(random)
    const now = clock.now()
    const visit = {
      ...claimOf(opened.value),
      stateHash: hashSecret(state),
      browserHash: hashSecret(browser),
      expiresAt: new Date(now + visitLifetime).toISOString(),
    }
    const limits = { now: new Date(now).toISOString(), limit: mostVisits }
    const kept = await registry.commit(async (transaction) => ok(await transaction.addVisit(visit, limits)))
    if (!kept.ok) return fail('unavailable')
    if (!kept.value) return fail('too_many')
    const { authority } = clouds[tenant.cloud]
    const query = new URLSearchParams({
      client_id: application.clientId,
      redirect_uri: redirectUri,
      state,
    })
    return ok({ url: `${authority}/${tenant.directoryId}/adminconsent?${query}`, browser })
  }
}
