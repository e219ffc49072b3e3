import type { Permission } from '../domain/permission.ts'
import { findConsent } from './consent-finding.ts'
import type { ConsentReceipts } from './consent-receipt.ts'
import { type ConsentSubject, findConsentSubject } from './consent-subject.ts'
import type { Clock } from './ports.ts'
import type { Registry } from './registry.ts'

/** Milliseconds until it is said what is missing: the last look of the verification, and what it may take. */
const patience = 70_000

export interface ReadConsentOutcomeOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly receipts: ConsentReceipts
}

export type VerifiedConsent =
  | { readonly kind: 'link_invalid' | 'unavailable' }
  | {
      readonly kind: 'checking' | 'ready' | 'microsoft_unavailable' | 'not_verified'
      readonly subject: ConsentSubject
      /** Finds the request that failed, for Microsoft's support. */
      readonly correlationId?: string
    }
  | {
      readonly kind: 'permissions_missing'
      readonly subject: ConsentSubject
      readonly permissions: readonly Permission[]
    }

export type ReadConsentOutcome = (receipt: string) => VerifiedConsent

/** What came of a consent, on any replica: what the registry has seen of it since, or that it is looked for. */
export function createReadConsentOutcome(options: ReadConsentOutcomeOptions): ReadConsentOutcome {
  const { registry, clock, receipts } = options
  return (text) => {
    const receipt = receipts.read(text)
    if (receipt === undefined) return { kind: 'link_invalid' }
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return { kind: 'unavailable' }
    const subject = findConsentSubject(snapshot.value, receipt.claim)
    if (subject === undefined) return { kind: 'link_invalid' }
    const since = new Date(receipt.startedAt).toISOString()
    const finding = findConsent(snapshot.value, subject, since)
    if (finding.kind === 'ready') return { kind: 'ready', subject }
    if (clock.now() < receipt.startedAt + patience) return { kind: 'checking', subject }
    if (finding.kind === 'missing') {
      return { kind: 'permissions_missing', subject, permissions: finding.permissions }
    }
    if (finding.kind !== 'failed') return { kind: 'not_verified', subject }
    const { code, correlationId } = finding.failure
    return {
      kind: awayCodes.has(code) ? 'microsoft_unavailable' : 'not_verified',
      subject,
      ...(correlationId !== undefined && { correlationId }),
    }
  }
}

const awayCodes: ReadonlySet<string> = new Set(['entra_unavailable', 'entra_throttled'])
