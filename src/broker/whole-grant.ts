import { findResource, resourceAppId } from '../catalogue/catalogue.ts'
import { breadth, covers } from '../catalogue/implications.ts'
import type { Application } from '../domain/application.ts'
import type { Entitlement } from '../domain/caller.ts'
import { cloudNames, microsoftClouds } from '../domain/cloud.ts'
import type { Failure } from '../domain/failure.ts'
import { formatPermission, type Permission, parsePermission, type Resource } from '../domain/permission.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import { findEntitled, type Wanted } from './authorise.ts'
import { entitles } from './judge-roles.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

type Decision = Result<Wanted, Failure>

/**
 * What `{uri}/.default` stands for: all that the caller is granted of this resource in this tenant, as far as one
 * application declares it. A grant may name what no application here has, and a token is of one application; so it is
 * the application that declares the most of the grant, then the one with the least beside it, then by id. Who may
 * have nothing in a tenant is answered as in `authorise`, and learns nothing else of it.
 */
export function wholeGrant(
  snapshot: RegistrySnapshot,
  callerId: string,
  tenantReference: string,
  uri: string,
): Decision {
  const resource = findResource(uri.toLowerCase())
  if (resource === undefined || resource === 'azure-ad-graph') return unknown(uri, 'global')
  const found = findEntitled(snapshot, callerId, tenantReference)
  if (!found.ok) return found
  const { tenant, entitled } = found.value
  return decide(snapshot, tenant, entitled, resource, uri)
}

function decide(
  snapshot: RegistrySnapshot,
  tenant: Tenant,
  entitled: Entitlement,
  resource: Resource,
  uri: string,
): Decision {
  if (isOfAnotherCloud(tenant, resource, uri.toLowerCase())) return unknown(uri, tenant.cloud)
  const granted = [...entitled.permissions]
    .map(parsePermission)
    .filter((permission) => permission?.resource === resource)
    .filter((permission) => permission !== undefined)
  if (granted.length === 0) return fail({ code: 'permission_not_granted', permissions: [`${uri}/.default`] })
  const [best] = tenant.applications
    .map((id) => snapshot.application(id))
    .filter((application) => application !== undefined)
    .map((application) => shareOf(application, resource, granted, entitled))
    .filter(({ permissions }) => permissions.length > 0)
    .sort(
      (a, b) =>
        b.permissions.length - a.permissions.length || a.breadth - b.breadth || (a.id < b.id ? -1 : 1),
    )
  if (best !== undefined) return ok({ resource, permissions: best.permissions })
  const permissions = granted.map(formatPermission)
  return fail({ code: 'permission_not_declared', tenant: tenant.id, permissions })
}

/** What of the grant the application declares: what it covers of it, and what the grant allows of its own. */
function shareOf(
  { id, permissions }: Application,
  resource: Resource,
  granted: readonly Permission[],
  entitled: Entitlement,
) {
  const declared = permissions.filter((permission) => permission.resource === resource)
  const share = new Map(
    [
      ...granted.filter((permission) => covers(declared, permission, 'medium')),
      ...declared.filter((permission) => entitles(entitled, permission)),
    ].map((permission) => [permission.value, permission]),
  )
  const values = [...share.keys()].sort()
  return {
    id,
    breadth: breadth(declared, 'medium'),
    permissions: values.map((value): Permission => ({ resource, value })),
  }
}

/** A token for graph.microsoft.com is of no use at graph.microsoft.us, so whoever asks for that is told. */
function isOfAnotherCloud(tenant: Tenant, resource: Resource, uri: string): boolean {
  const own = microsoftClouds[tenant.cloud].resources[resource]
  if (uri === own || uri === resourceAppId(resource)) return false
  const elsewhere = cloudNames.some((name) => microsoftClouds[name].resources[resource] === uri)
  return elsewhere || tenant.cloud !== 'global'
}

function unknown(resource: string, cloud: Tenant['cloud']): Decision {
  const { graph, outlook } = microsoftClouds[cloud].resources
  return fail({ code: 'unknown_resource', resource, known: [graph, outlook] })
}
