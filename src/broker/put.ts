import { isDeepStrictEqual } from 'node:util'
import type { Failure, RecordKind } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Actor, RegistryTransaction } from './ports.ts'

/** What must hold of a record before it is written: that there is none, nothing, or that it is this version. */
export type Precondition = 'absent' | 'any' | { readonly revision: number }

/** A record after it was written, and whether there was anything to write. */
export interface Put<T> {
  readonly record: T
  readonly outcome: 'created' | 'replaced' | 'unchanged'
}

/** Checks a precondition against what is there, under the registry's lock. */
export function checkPrecondition(
  existing: { readonly revision: number } | undefined,
  precondition: Precondition,
  { kind, id }: { readonly kind: RecordKind; readonly id: string },
): Result<void, Failure> {
  if (precondition === 'any') return ok(undefined)
  if (precondition === 'absent') {
    return existing === undefined
      ? ok(undefined)
      : fail({ code: 'already_exists', kind, member: 'id', value: id })
  }
  return existing?.revision === precondition.revision ? ok(undefined) : fail({ code: 'precondition_failed' })
}

/** The record that is to be changed or removed: it must be there, and at the version that was asked for. */
export function requireRecord<T extends { readonly revision: number }>(
  existing: T | undefined,
  precondition: Precondition,
  named: { readonly kind: RecordKind; readonly id: string },
): Result<T, Failure> {
  if (existing === undefined) return fail({ code: 'not_found', ...named })
  const allowed = checkPrecondition(existing, precondition, named)
  return allowed.ok ? ok(existing) : allowed
}

/** Members that a record keeps for life; `reason` says why. */
export type Immutable<T> = readonly {
  readonly member: keyof T & string
  readonly pointer: string
  readonly reason: string
}[]

export function checkImmutable<T extends object>(
  existing: T | undefined,
  next: T,
  members: Immutable<T>,
): Result<void, Failure> {
  if (existing === undefined) return ok(undefined)
  const changed = members.filter(({ member }) => !isDeepStrictEqual(existing[member], next[member]))
  if (changed.length === 0) return ok(undefined)
  const faults = changed.map(({ pointer, reason }) => ({ pointer, detail: `This cannot change: ${reason}` }))
  return fail({ code: 'immutable_member', faults })
}

/** A record as it should be from now on, and how its kind is named, shown and saved. */
export interface Replacement<T> {
  readonly kind: 'application' | 'tenant' | 'caller'
  readonly existing: T | undefined
  readonly next: T
  /** What an operator sees of a record; while it stays the same, nothing has changed. */
  readonly documentOf: (record: T) => object
  readonly save: () => Promise<void>
}

/** Saves a record that has changed, with its audit row; one that has not keeps its revision and leaves none. */
export async function saveIfChanged<T extends { readonly id: string }>(
  transaction: RegistryTransaction,
  actor: Actor,
  { kind, existing, next, documentOf, save }: Replacement<T>,
): Promise<Put<T>> {
  const before = existing && documentOf(existing)
  const after = documentOf(next)
  if (existing !== undefined && isDeepStrictEqual(before, after)) {
    return { record: existing, outcome: 'unchanged' }
  }
  await save()
  const outcome = existing === undefined ? 'created' : 'replaced'
  await transaction.recordChange(actor, {
    action: `${kind}.${outcome}`,
    target: `${kind}s/${next.id}`,
    before,
    after,
  })
  return { record: next, outcome }
}
