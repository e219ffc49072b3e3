import { covers } from '../catalogue/implications.ts'
import type { Application } from '../domain/application.ts'
import type { Permission, Resource } from '../domain/permission.ts'
import type { Observation, ObservedFailure } from '../domain/tenant.ts'
import type { ConsentSubject } from './consent-subject.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

/** What tokens have shown of a consent since it was given. */
export type ConsentFinding =
  | { readonly kind: 'ready' | 'unseen' | 'unverifiable' }
  | { readonly kind: 'missing'; readonly permissions: readonly Permission[] }
  | { readonly kind: 'failed'; readonly failure: ObservedFailure }

/** The resources to ask tokens of; an application that declares nothing is still in the directory or not. */
export function declaredResources({ permissions }: Application): readonly Resource[] {
  const resources = new Set(permissions.map(({ resource }) => resource))
  return resources.size === 0 ? ['graph'] : [...resources]
}

/** Reads the registry alone, so that every replica comes to the same. `since` is ISO 8601. */
export function findConsent(
  snapshot: RegistrySnapshot,
  { tenant, application }: ConsentSubject,
  since: string,
): ConsentFinding {
  const seen: Permission[] = []
  const failures: ObservedFailure[] = []
  let isUnseen = false
  let isUnverifiable = false
  for (const resource of declaredResources(application)) {
    const looked = readObservation(snapshot.observation(tenant, application, resource), since)
    if (looked === undefined) isUnseen = true
    else if ('failure' in looked) failures.push(looked.failure)
    else if (looked.roles === undefined) isUnverifiable = true
    else for (const value of looked.roles) seen.push({ resource, value })
  }
  const failure = failures.find(({ code }) => code !== notInDirectory)
  if (failure !== undefined) return { kind: 'failed', failure }
  if (isUnseen) return { kind: 'unseen' }
  if (isUnverifiable) return { kind: tenant.roleCheck === 'warn' ? 'ready' : 'unverifiable' }
  const missing = application.permissions.filter((permission) => !covers(seen, permission, 'medium'))
  if (missing.length > 0 || failures.length > 0) return { kind: 'missing', permissions: missing }
  return { kind: 'ready' }
}

/** An application that is not in the directory has been given nothing there. */
const notInDirectory = 'application_not_in_directory'

/** What the last look showed; undefined where there was none since. */
function readObservation(observation: Observation | undefined, since: string) {
  if (observation === undefined) return undefined
  const { failure, observedAt, roles } = observation
  // ISO 8601 in UTC sorts as text.
  if (failure !== undefined) return failure.at >= since ? { failure } : undefined
  return observedAt !== undefined && observedAt >= since ? { roles } : undefined
}
