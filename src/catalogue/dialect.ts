import { type Resource, resources } from '../domain/permission.ts'
import { type CataloguedPermission, comparePermissions, findPermission, scopeKey } from './catalogue.ts'
import { broaderNote, noEquivalentNote } from './scope-note.ts'
import { readScope, splitScopes } from './scope-text.ts'

export const fidelities = ['exact', 'broader', 'no_equivalent', 'ignored'] as const
/**
 * How well the permissions fit the scope: `broader` ones allow more, `no_equivalent` means that there is none,
 * `ignored` that the scope asks for none.
 */
export type Fidelity = (typeof fidelities)[number]

export interface DialectScope {
  readonly scope: string
  /** Sorted by resource, then value. */
  readonly permissions: readonly CataloguedPermission[]
  readonly fidelity: Fidelity
  /** The scope that this is another spelling of. */
  readonly aliasOf?: string
  /** Always there unless the scope is `exact` or `ignored`. */
  readonly note?: string
}

export interface DialectFile {
  readonly title: string
  /** The resource that bare names are of; Graph where not given. */
  readonly resource?: string | undefined
  readonly scopes: readonly ScopeRow[]
}

export interface ScopeRow {
  /** A name with white space in it counts as asked for where all of its words are. */
  readonly scope: string
  /** As operators write them; a scope of another resource is written so too (`outlook:Mail.Send`). */
  readonly permissions: readonly string[]
  readonly fidelity: string
  readonly aliasOf?: string | undefined
  readonly note?: string | undefined
}

/** A scope of several words. They may come in any order, since nothing hangs on the order of scopes. */
export interface Phrase {
  readonly keys: readonly string[]
  readonly entry: DialectScope
}

/** A dialect made ready for look-ups. */
export interface Dialect {
  readonly title: string
  readonly resource: Resource
  /** By key, in the order of the file. */
  readonly scopes: ReadonlyMap<string, DialectScope>
  readonly phrases: readonly Phrase[]
}

/** Throws where the file names what the catalogue does not have, or one scope twice: a fault seen at start. */
export function loadDialect(file: DialectFile): Dialect {
  const named = file.resource ?? 'graph'
  const resource = present(
    resources.find((known) => known === named),
    named,
  )
  const keyOf = (part: string) => {
    const scope = readScope(part)
    return scopeKey(scope.resource ?? resource, scope.name)
  }
  const scopes = new Map<string, DialectScope>()
  const phrases: Phrase[] = []
  for (const row of file.scopes) {
    const entry = loadScope(row)
    const keys = splitScopes(row.scope).map(keyOf)
    const key = keys.join(' ')
    if (scopes.has(key)) throw new Error(`the dialect ${file.title} has ${row.scope} twice`)
    if (keys.length > 1) phrases.push({ keys, entry })
    scopes.set(key, entry)
  }
  return { title: file.title, resource, scopes, phrases }
}

export function loadScope({ scope, permissions, fidelity, aliasOf, note }: ScopeRow): DialectScope {
  const knownFidelity = present(
    fidelities.find((candidate) => candidate === fidelity),
    fidelity,
  )
  const said = note ?? standardNote(scope, permissions, knownFidelity)
  return {
    scope,
    permissions: permissions.map((name) => present(findPermission(name), name)).sort(comparePermissions),
    fidelity: knownFidelity,
    ...(aliasOf === undefined ? {} : { aliasOf }),
    ...(said === undefined ? {} : { note: said }),
  }
}

function standardNote(scope: string, permissions: readonly string[], fidelity: Fidelity): string | undefined {
  if (fidelity === 'broader') return broaderNote(scope, permissions)
  return fidelity === 'no_equivalent' ? noEquivalentNote(scope) : undefined
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the catalogue does not know ${name}`)
  return value
}
