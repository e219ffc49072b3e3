import type { DialectId } from '../catalogue/dialects.ts'
import type { Failure } from '../domain/failure.ts'
import type { Result } from '../domain/result.ts'
import { authorise, type Decision, type Wanted } from './authorise.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'
import { Remembered } from './remember.ts'
import { readWanted, type TokenRequest } from './token-request.ts'
import { wholeGrant } from './whole-grant.ts'

/** Of one registry. Asked before the cache on every request, and again after every wait. */
export type Decide = (snapshot: RegistrySnapshot, callerId: string, request: TokenRequest) => Decision

interface Decided {
  /** Of the registry: a decision holds for one revision, and the next takes its place. */
  readonly revision: number
  readonly decision: Decision
}

/** What is wanted, and whether it is granted; at once where the same caller's same words came to it before. */
export function createDecide(): Decide {
  const decisions = new Remembered<object, string, DialectId, Decided>(4)
  return (snapshot, callerId, request) => {
    const { words, dialect } = request
    const known = words === undefined ? undefined : decisions.recall(words, callerId, dialect)
    if (known?.revision === snapshot.revision) return known.decision
    const wanted = findWanted(snapshot, callerId, request)
    // Not remembered: refused scopes are an exception, and their suggestions could fill the memory.
    if (!wanted.ok) return wanted
    const next = authorise(snapshot, callerId, request.tenant, wanted.value)
    const decision = known !== undefined && isSame(known.decision, next) ? known.decision : next
    if (words !== undefined)
      decisions.keep(words, callerId, dialect, { revision: snapshot.revision, decision })
    return decision
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
function isSame(known: Decision, next: Decision): boolean {
  if (!known.ok || !next.ok) return false
  const { wanted, tenant, entitlement, applications } = known.value
  return (
    wanted === next.value.wanted &&
    tenant === next.value.tenant &&
    entitlement === next.value.entitlement &&
    applications.length === next.value.applications.length &&
    applications.every((application, index) => application === next.value.applications[index])
  )
}
