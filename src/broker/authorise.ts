import type { Application } from '../domain/application.ts'
import { type Entitlement, entitlement } from '../domain/caller.ts'
import type { Failure } from '../domain/failure.ts'
import { formatPermission, type Permission, type Resource } from '../domain/permission.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { TokenTarget } from '../domain/token.ts'
import { chooseApplications } from './choose-application.ts'
import { entitles } from './judge-roles.ts'
import type { Offered } from './offer-token.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'
import type { Place } from './token-cache.ts'

/** One resource and the permissions of it that a request asks for. */
export interface Wanted {
  readonly resource: Resource
  readonly permissions: readonly Permission[]
}

/**
 * That a caller may have what it asks for, and of which applications. Where it comes again, its place in the cache is
 * that of the first application's token.
 */
export interface Authorisation extends Place {
  /** Of the registry, the last one that it was found to hold for. */
  revision: number
  readonly wanted: Wanted
  readonly tenant: Tenant
  readonly entitlement: Entitlement
  /** To be tried in this order. */
  readonly applications: readonly Application[]
  /** Of these, which nearly always answers. */
  readonly first: Application
  /** What was handed out of the token in its place. */
  offered: Offered | undefined
}

export type Decision = Result<Authorisation, Failure>

/** The tenant, and what the caller may have in it. One that is unknown and one that is not granted answer alike. */
export function findEntitled(
  snapshot: RegistrySnapshot,
  callerId: string,
  tenantReference: string,
): Result<{ readonly tenant: Tenant; readonly entitled: Entitlement }, Failure> {
  const caller = snapshot.caller(callerId)
  if (caller === undefined || !caller.enabled) return fail({ code: 'unauthenticated' })
  const tenant = snapshot.tenant(tenantReference)
  const entitled = tenant === undefined ? undefined : entitlement(caller, tenant)
  if (tenant === undefined || entitled === undefined) return fail({ code: 'tenant_not_granted' })
  return ok({ tenant, entitled })
}

/** Decides on the registry as it is now. */
export function authorise(
  snapshot: RegistrySnapshot,
  callerId: string,
  tenantReference: string,
  wanted: Wanted,
): Decision {
  const found = findEntitled(snapshot, callerId, tenantReference)
  if (!found.ok) return found
  const { tenant, entitled } = found.value
  const denied = wanted.permissions.filter((permission) => !entitles(entitled, permission))
  if (denied.length > 0)
    return fail({ code: 'permission_not_granted', permissions: denied.map(formatPermission) })
  if (!tenant.enabled) return fail({ code: 'tenant_disabled', tenant: tenant.id })

  const applications = chooseApplications(snapshot, tenant, wanted.resource, wanted.permissions)
  const [first] = applications
  if (first !== undefined)
    return ok({
      revision: snapshot.revision,
      wanted,
      tenant,
      entitlement: entitled,
      applications,
      first,
      target: targetOf(tenant, first, wanted.resource),
      entry: undefined,
      offered: undefined,
    })
  const permissions = wanted.permissions.map(formatPermission)
  return fail({ code: 'permission_not_declared', tenant: tenant.id, permissions })
}

export function targetOf(tenant: Tenant, application: Application, resource: Resource): TokenTarget {
  return {
    cloud: tenant.cloud,
    directoryId: tenant.directoryId,
    clientId: application.clientId,
    resource,
    applicationEpoch: application.epoch,
    tenantEpoch: tenant.epoch,
  }
}
