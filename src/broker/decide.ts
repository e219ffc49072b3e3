import type { Failure } from '../domain/failure.ts'
import { ok, type Result } from '../domain/result.ts'
import { type Authorisation, authorise, type Decision, type Wanted } from './authorise.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'
import { readWanted, type TokenRequest } from './token-request.ts'
import { wholeGrant } from './whole-grant.ts'
import { Words } from './words.ts'

/**
 * What is wanted, and whether it is granted; at once where it was granted before to the same caller for the same words.
 * Refusals are an exception, and what they name could fill the memory. Asked before the cache on every request, and
 * again after every wait. Words are for one registry: what was granted for them holds in its revisions.
 */
export function decide(snapshot: RegistrySnapshot, callerId: string, request: TokenRequest): Decision {
  const { words, dialect } = request
  const known = words === undefined ? undefined : Words.recall(words, callerId, dialect)
  if (known?.revision === snapshot.revision) return ok(known)
  const wanted = findWanted(snapshot, callerId, request)
  if (!wanted.ok) return wanted
  const next = authorise(snapshot, callerId, request.tenant, wanted.value)
  if (!next.ok || words === undefined) return next
  if (known !== undefined && isSame(known, next.value)) {
    known.revision = next.value.revision
    return ok(known)
  }
  Words.keep(words, callerId, dialect, next.value)
  return next
}

/** What the scopes say, whatever the registry holds; what a whole grant is, the registry says. */
function findWanted(
  snapshot: RegistrySnapshot,
  callerId: string,
  request: TokenRequest,
): Result<Wanted, Failure> {
  if (request.wholeGrantOf === undefined) return readWanted(request)
  return wholeGrant(snapshot, callerId, request.tenant, request.wholeGrantOf)
}

/** Whether nothing has changed, so that what was worked out from the known one holds as well. */
function isSame({ wanted, tenant, entitlement, applications }: Authorisation, next: Authorisation): boolean {
  return (
    wanted === next.wanted &&
    tenant === next.tenant &&
    entitlement === next.entitlement &&
    applications.length === next.applications.length &&
    applications.every((application, index) => application === next.applications[index])
  )
}
