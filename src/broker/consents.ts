import { covers } from '../catalogue/implications.ts'
import type { Application } from '../domain/application.ts'
import { formatPermission, type Permission } from '../domain/permission.ts'
import type { ConsentStatus, ObservedFailure, Tenant } from '../domain/tenant.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

export interface Consent {
  readonly application: Application
  readonly status: ConsentStatus
  readonly missing: readonly string[]
  readonly lastFailure?: ObservedFailure
}

/** How far each application of a tenant has consent, as the last tokens showed it. */
export function consentsOf(snapshot: RegistrySnapshot, tenant: Tenant): Consent[] {
  return tenant.applications
    .map((id) => snapshot.application(id))
    .filter((application) => application !== undefined)
    .map((application) => consentOf(snapshot, tenant, application))
}

function consentOf(snapshot: RegistrySnapshot, tenant: Tenant, application: Application): Consent {
  const resources = [...new Set(application.permissions.map(({ resource }) => resource))]
  const observations = resources.map((resource) => snapshot.observation(tenant, application, resource))
  const seen = observations.flatMap(
    (observation) =>
      observation?.roles?.map((value): Permission => ({ resource: observation.resource, value })) ?? [],
  )
  const missing = application.permissions.filter((permission) => !covers(seen, permission, 'medium'))
  const lastFailure = observations.find((observation) => observation?.failure !== undefined)?.failure
  return {
    application,
    status: statusOf(
      observations.some((observation) => observation?.roles !== undefined),
      missing,
      seen,
      lastFailure,
    ),
    missing: missing.map(formatPermission),
    ...(lastFailure === undefined ? {} : { lastFailure }),
  }
}

function statusOf(
  anySeen: boolean,
  missing: readonly Permission[],
  seen: readonly Permission[],
  failure: ObservedFailure | undefined,
): ConsentStatus {
  if (failure?.code === 'application_not_in_directory') return 'missing'
  if (!anySeen) return 'unknown'
  if (missing.length === 0) return 'granted'
  return seen.length === 0 ? 'missing' : 'incomplete'
}
