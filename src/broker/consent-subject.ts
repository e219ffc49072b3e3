import type { Application } from '../domain/application.ts'
import type { ConsentClaim } from '../domain/consent.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { ConsentTickets } from './consent-ticket.ts'
import type { Registry } from './registry.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

/** An application that asks for consent, and the tenant that it asks. */
export interface ConsentSubject {
  readonly tenant: Tenant
  readonly application: Application
}

/** Undefined where the claim was revoked: by an epoch, a removal, or because the tenant is disabled. */
export function findConsentSubject(
  snapshot: RegistrySnapshot,
  { tenantUid, applicationUid, tenantEpoch }: ConsentClaim,
): ConsentSubject | undefined {
  const tenant = snapshot.tenantByUid(tenantUid)
  const application = snapshot.applicationByUid(applicationUid)
  if (tenant === undefined || application === undefined) return undefined
  const isInForce =
    tenant.enabled && tenant.epoch === tenantEpoch && tenant.applications.includes(application.id)
  return isInForce ? { tenant, application } : undefined
}

export function claimOf({ tenant, application }: ConsentSubject): ConsentClaim {
  return { tenantUid: tenant.uid, applicationUid: application.uid, tenantEpoch: tenant.epoch }
}

/** What a consent link asks for. Reads, and changes nothing: mail scanners open links too. */
export type OpenConsentLink = (ticket: string) => Result<ConsentSubject, 'link_invalid' | 'unavailable'>

export function createOpenConsentLink(registry: Registry, tickets: ConsentTickets): OpenConsentLink {
  return (text) => {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return fail('unavailable')
    const claim = tickets.read(text)
    const subject = claim && findConsentSubject(snapshot.value, claim)
    return subject === undefined ? fail('link_invalid') : ok(subject)
  }
}
