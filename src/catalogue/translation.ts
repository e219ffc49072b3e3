import type { UnmappedScope } from '../domain/failure.ts'
import { type CataloguedPermission, comparePermissions, permissionNote, scopeKey } from './catalogue.ts'
import type { Dialect, DialectScope } from './dialect.ts'
import { candidatesOf, findScope } from './look-up.ts'
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

interface Asked {
  readonly spelling: string
  readonly name: string
}

interface Draft {
  /** By the scope's key. */
  readonly asked: Map<string, Asked>
  readonly permissions: Set<CataloguedPermission>
  readonly ignored: Set<string>
  readonly notes: Set<string>
  readonly unmapped: (Asked & { readonly key: string; readonly entry: DialectScope | undefined })[]
}

// Each suggestion compares with the whole catalogue, so one request may not ask for thousands.
const mostScopesWithSuggestions = 10

/** Translates by one dialect's table, then by Microsoft's names. Total, and frozen, since results are shared. */
export function translateWith(dialect: Dialect, scopes: readonly string[]): Translation {
  const draft: Draft = {
    asked: new Map(),
    permissions: new Set(),
    ignored: new Set(),
    notes: new Set(),
    unmapped: [],
  }
  for (const element of scopes) for (const part of splitScopes(element)) ask(draft, dialect, part)
  takePhrases(draft, dialect)
  for (const [key, asked] of draft.asked) {
    const entry = findScope(dialect, key, asked.name)
    if (entry === undefined || entry.fidelity === 'no_equivalent')
      draft.unmapped.push({ ...asked, key, entry })
    else addEntry(draft, entry)
  }
  return Object.freeze({
    permissions: Object.freeze([...draft.permissions].sort(comparePermissions)),
    ignored: Object.freeze([...draft.ignored].sort()),
    unmapped: Object.freeze(describeUnmapped(draft, dialect)),
    notes: Object.freeze([...draft.notes].sort()),
  })
}

function ask(draft: Draft, dialect: Dialect, part: string): void {
  const scope = readScope(part)
  const alone = resourceAlone(scope)
  if (alone !== undefined) {
    if (alone !== '') draft.ignored.add(alone)
    return
  }
  const key = scopeKey(scope.resource ?? dialect.resource, scope.name)
  const spelling = echo(part)
  const before = draft.asked.get(key)
  if (before === undefined || comesFirst(spelling, before.spelling))
    draft.asked.set(key, { spelling, name: scope.name })
}

/** By letters first, so that case does not decide which of several spellings is echoed. */
function comesFirst(a: string, b: string): boolean {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  return x === y ? a < b : x < y
}

/** How a resource without a permission is reported; empty for a scope that says nothing at all. */
function resourceAlone({ name, prefix }: ScopeText): string | undefined {
  if (name !== '' && name !== '.default') return undefined
  return prefix === undefined ? name : `${prefix}/.default`
}

/** Before single words, which may mean something else alone. */
function takePhrases(draft: Draft, { phrases }: Dialect): void {
  for (const { keys, entry } of phrases) {
    if (!keys.every((key) => draft.asked.has(key))) continue
    for (const key of keys) draft.asked.delete(key)
    addEntry(draft, entry)
  }
}

function addEntry(draft: Draft, { scope, permissions, fidelity, note }: DialectScope): void {
  if (fidelity === 'ignored') draft.ignored.add(scope.toLowerCase())
  if (note !== undefined) draft.notes.add(note)
  for (const permission of permissions) {
    draft.permissions.add(permission)
    const about = permissionNote(permission)
    if (about !== undefined) draft.notes.add(about)
  }
}

function describeUnmapped({ unmapped }: Draft, dialect: Dialect): Unmapped[] {
  return unmapped
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ spelling, name, entry }, index) => {
      if (entry !== undefined) {
        const why = entry.note === undefined ? {} : { note: entry.note }
        return { scope: spelling, reason: 'no_equivalent', suggestions: [], ...why }
      }
      const isHelped = index < mostScopesWithSuggestions
      const suggestions = isHelped ? suggest(lastPart(name), candidatesOf(dialect)) : []
      return { scope: spelling, reason: 'unknown', suggestions }
    })
}

/** The name alone, where it came with the URI of a resource that the catalogue does not know. */
function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1)
}
