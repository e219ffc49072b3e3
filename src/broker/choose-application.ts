import { breadth, covers } from '../catalogue/implications.ts'
import type { Application } from '../domain/application.ts'
import type { Permission, Resource } from '../domain/permission.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

/**
 * The applications to try, best first: those whose permissions cover what is wanted, the narrowest first, then by
 * id. One whose permissions allow less than those of another is narrower, however many they are: Mail.Read and
 * Mail.ReadBasic.All before Mail.ReadWrite alone. What was seen in tokens counts, and for an application never seen
 * what it declares. Behind those stand the ones that declare it and were seen without: consent may have been given
 * since. It depends on the registry alone, so all replicas choose alike. Empty where no application even declares
 * what is wanted.
 */
export function chooseApplications(
  snapshot: RegistrySnapshot,
  tenant: Tenant,
  resource: Resource,
  wanted: readonly Permission[],
): readonly Application[] {
  const applications = tenant.applications
    .map((id) => snapshot.application(id))
    .filter((application) => application !== undefined)
  const declared = (application: Application) =>
    application.permissions.filter((permission) => permission.resource === resource)
  const observed = (application: Application) => {
    const roles = snapshot.observation(tenant, application, resource)?.roles
    return roles?.map((value): Permission => ({ resource, value })) ?? declared(application)
  }
  const bySight = rank(applications, wanted, observed)
  const others = applications.filter((application) => !bySight.includes(application))
  return bySight.concat(rank(others, wanted, declared))
}

function rank(
  applications: readonly Application[],
  wanted: readonly Permission[],
  permissionsOf: (application: Application) => readonly Permission[],
): Application[] {
  return applications
    .map((application) => ({ application, held: permissionsOf(application) }))
    .filter(({ held }) => wanted.every((permission) => covers(held, permission, 'medium')))
    .map((candidate) => ({ ...candidate, breadth: breadth(candidate.held, 'medium') }))
    .sort(
      (a, b) =>
        a.breadth - b.breadth ||
        a.held.length - b.held.length ||
        (a.application.id < b.application.id ? -1 : 1),
    )
    .map(({ application }) => application)
}
