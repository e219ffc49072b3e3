import type { DialectId } from '../catalogue/dialects.ts'
import type { Failure } from '../domain/failure.ts'
import { ok, type Result } from '../domain/result.ts'
import { type Authorisation, authorise, type Decision, type Wanted } from './authorise.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'
import { Remembered } from './remember.ts'
import { readWanted, type TokenRequest } from './token-request.ts'
import { wholeGrant } from './whole-grant.ts'

/** Of one registry. Asked before the cache on every request, and again after every wait. */
export type Decide = (snapshot: RegistrySnapshot, callerId: string, request: TokenRequest) => Decision

interface Decided {
  /** Of the registry: a decision holds for one revision, and the next takes its place. */
  readonly revision: number
  readonly authorised: Authorisation
}

/**
 * What is wanted, and whether it is granted; at once where it was granted before to the same caller for the same words.
 * Refusals are an exception, and what they name could fill the memory.
 */
export function createDecide(): Decide {
  const decisions = new Remembered<object, string, DialectId, Decided>(4)
  return (snapshot, callerId, request) => {
    const { words, dialect } = request
    const known = words === undefined ? undefined : decisions.recall(words, callerId, dialect)
    const { revision } = snapshot
    if (known?.revision === revision) return ok(known.authorised)
    const wanted = findWanted(snapshot, callerId, request)
    if (!wanted.ok) return wanted
    const next = authorise(snapshot, callerId, request.tenant, wanted.value)
    if (!next.ok || words === undefined) return next
    const authorised =
      known !== undefined && isSame(known.authorised, next.value) ? known.authorised : next.value
    decisions.keep(words, callerId, dialect, { revision, authorised })
    return ok(authorised)
  }
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
