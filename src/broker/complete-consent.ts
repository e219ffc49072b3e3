import { type ConsentError, type ConsentReply, readConsentError } from './consent-errors.ts'
import type { ConsentReceipts } from './consent-receipt.ts'
import { hashSecret, isSecret } from './consent-secret.ts'
import { type ConsentSubject, findConsentSubject } from './consent-subject.ts'
import type { ConsentVerification } from './consent-verification.ts'
import type { Clock } from './ports.ts'
import type { Registry } from './registry.ts'

export interface CompleteConsentOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly receipts: ConsentReceipts
  readonly verification: Pick<ConsentVerification, 'start'>
}

/** How a visit to Microsoft ended. Who is asked about is named to the browser that left alone. */
export type CompletedConsent =
  | { readonly kind: 'link_invalid' | 'other_browser' | 'unavailable' }
  | {
      readonly kind: 'already_used' | ConsentError
      readonly subject: ConsentSubject
      /** Microsoft's number, for the log. */
      readonly aadsts?: number
    }
  /** Microsoft says that consent was given; whether it was shows behind the receipt. */
  | { readonly kind: 'approved'; readonly subject: ConsentSubject; readonly receipt: string }

export type CompleteConsent = (reply: ConsentReply, browser: string | undefined) => Promise<CompletedConsent>

/**
 * Ends a visit to Microsoft, once: of any number of answers with the same state, one gets past it. Nothing that
 * the answer says makes a consent: a good one only starts the look for it.
 */
export function createCompleteConsent(options: CompleteConsentOptions): CompleteConsent {
  const { registry, clock, receipts, verification } = options
  return async (reply, browser) => {
    const { state } = reply
    if (state === undefined || !isSecret(state)) return { kind: 'link_invalid' }
    const snapshot = registry.snapshot()
    // Before the visit ends: whoever comes back a little later still can.
    if (!snapshot.ok) return { kind: 'unavailable' }
    const browserHash = hashSecret(browser ?? '')
    const ended = await registry.endVisit({ stateHash: hashSecret(state), browserHash })
    if (!ended.ok) return { kind: 'unavailable' }
    const visit = ended.value
    if (visit.kind === 'unknown') return { kind: 'link_invalid' }
    if (visit.kind === 'other_browser') return { kind: 'other_browser' }
    const subject = findConsentSubject(snapshot.value, visit.claim)
    if (subject === undefined) return { kind: 'link_invalid' }
    if (visit.kind === 'used') return { kind: 'already_used', subject }
    // First of all, since failures can carry `admin_consent=True` too.
    if (reply.error !== undefined) return { ...readConsentError(reply), subject }
    if (reply.adminConsent?.toLowerCase() !== 'true') return { kind: 'microsoft_refused', subject }
    if (reply.tenant?.toLowerCase() !== subject.tenant.directoryId)
      return { kind: 'wrong_directory', subject }
    const startedAt = clock.now()
    verification.start(visit.claim, startedAt)
    return { kind: 'approved', subject, receipt: receipts.issue({ claim: visit.claim, startedAt }) }
  }
}
