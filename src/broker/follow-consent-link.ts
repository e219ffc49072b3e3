import type { Clouds } from '../domain/cloud.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { ConsentTickets } from './consent-ticket.ts'
import type { Registry } from './registry.ts'

/** Where the administrator who holds this link gives consent. */
export type FollowConsentLink = (ticket: string) => Result<string, Failure>

/**
 * Entra's v1 admin consent page of exactly the expected directory, so that an administrator of another one
 * cannot consent by mistake. Without a redirect URI Entra uses the one that is registered first.
 */
export function createFollowConsentLink(
  registry: Registry,
  tickets: ConsentTickets,
  clouds: Clouds,
): FollowConsentLink {
  const unknown = fail<Failure>({
    code: 'not_found',
    kind: 'consent link',
    id: 'expired, revoked or mistyped',
  })
  return (text) => {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return snapshot
    const ticket = tickets.read(text)
    if (ticket === undefined) return unknown
    const tenant = snapshot.value.tenantByUid(ticket.tenantUid)
    const application = snapshot.value.applicationByUid(ticket.applicationUid)
    if (tenant === undefined || application === undefined) return unknown
    if (tenant.epoch !== ticket.tenantEpoch || !tenant.applications.includes(application.id)) return unknown
    const { authority } = clouds[tenant.cloud]
    return ok(`${authority}/${tenant.directoryId}/adminconsent?client_id=${application.clientId}`)
  }
}
