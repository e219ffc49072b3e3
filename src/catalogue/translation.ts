import type { UnmappedScope } from '../domain/failure.ts'
import { type CataloguedPermission, comparePermissions, findPermission, permissionNote } from './catalogue.ts'
import type { Dialect } from './dialects.ts'
import { echo, readScope, type ScopeText, splitScopes } from './scope-text.ts'
import { suggest } from './suggest.ts'

export type Unmapped = UnmappedScope

/** What a list of scopes stands for, whatever their order, case, separators and repetition. */
export interface Translation {
  /** Sorted by resource, then value; no duplicates. */
  readonly permissions: readonly CataloguedPermission[]
  /** What was asked for and is no permission: OpenID Connect's scopes, and resources named alone. */
  readonly ignored: readonly string[]
  /** In the caller's own spelling, the first in order where there are several of one scope. */
  readonly unmapped: readonly Unmapped[]
  /** Full sentences for an operator. */
  readonly notes: readonly string[]
}

interface UnmappedDraft {
  readonly spelling: string
  readonly name: string
  readonly reason: Unmapped['reason']
}

interface Draft {
  readonly permissions: Set<CataloguedPermission>
  readonly ignored: Set<string>
  readonly notes: Set<string>
  /** By the scope's key. */
  readonly unmapped: Map<string, UnmappedDraft>
}

const signInScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

// Each suggestion compares with the whole catalogue, so one request may not ask for thousands.
const mostScopesWithSuggestions = 10

/** Translates by one dialect's table, then by exact names. Total, and frozen, since results are shared. */
export function translateWith(dialect: Dialect, scopes: readonly string[]): Translation {
  const draft: Draft = { permissions: new Set(), ignored: new Set(), notes: new Set(), unmapped: new Map() }
  for (const element of scopes) {
    for (const part of splitScopes(element)) addPart(draft, dialect, part)
  }
  for (const permission of draft.permissions) {
    const note = permissionNote(permission)
    if (note !== undefined) draft.notes.add(note)
  }
  return Object.freeze({
    permissions: Object.freeze([...draft.permissions].sort(comparePermissions)),
    ignored: Object.freeze([...draft.ignored].sort()),
    unmapped: Object.freeze(describeUnmapped(draft, dialect)),
    notes: Object.freeze([...draft.notes].sort()),
  })
}

function addPart(draft: Draft, dialect: Dialect, part: string): void {
  const scope = readScope(part)
  const ignored = ignoredText(scope)
  if (ignored !== undefined) {
    if (ignored !== '') draft.ignored.add(ignored)
    return
  }
  const entry = dialect.scopes.get(scope.key)
  // The exact name and nothing like it: `Calendars.Read.All` is a permission, but not one for calendars.
  const permissions = entry?.permissions ?? [findPermission(scope.key)].filter((found) => found !== undefined)
  for (const permission of permissions) draft.permissions.add(permission)
  if (entry?.note !== undefined) draft.notes.add(entry.note)
  if (entry?.fidelity === 'no_equivalent') addUnmapped(draft, scope, part, 'no_equivalent')
  else if (permissions.length === 0) addUnmapped(draft, scope, part, 'unknown')
}

/** How a scope that is no permission is reported; empty for one that says nothing at all. */
function ignoredText({ name, prefix }: ScopeText): string | undefined {
  if (signInScopes.has(name)) return name
  if (prefix === undefined) return name === '' || name === '.default' ? name : undefined
  return name === '' || name === '.default' ? `${prefix}/.default` : undefined
}

function addUnmapped(draft: Draft, { key, name }: ScopeText, part: string, reason: Unmapped['reason']): void {
  const spelling = echo(part)
  const before = draft.unmapped.get(key)
  if (before === undefined || spelling < before.spelling) draft.unmapped.set(key, { spelling, name, reason })
}

function describeUnmapped({ unmapped }: Draft, dialect: Dialect): Unmapped[] {
  return [...unmapped]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { spelling, name, reason }], index) => {
      const helped = reason === 'unknown' && index < mostScopesWithSuggestions
      return {
        scope: spelling,
        reason,
        suggestions: helped ? suggest(lastPart(name), dialect.candidates) : [],
      }
    })
}

/** The name alone, where it came with the URI of a resource that the catalogue does not know. */
function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1)
}
