import { cataloguedPermissions, findRole, scopeKey } from './catalogue.ts'
import azureAdGraph from './data/resources/azure-ad-graph.json' with { type: 'json' }
import { type Dialect, type DialectScope, loadScope } from './dialect.ts'
import { findDialect } from './dialects.ts'
import type { Candidate } from './suggest.ts'

const graph = findDialect('graph')

/** What is no application permission, yet one stands for it, or it is known that none does. By key. */
const equivalents = new Map<string, DialectScope>([...graph.scopes, ...findDialect('outlook').scopes])
for (const row of azureAdGraph.scopes) {
  const entry = loadScope(row)
  const names = [row.scope.toLowerCase(), ...('id' in row ? [row.id] : [])]
  for (const name of names) equivalents.set(scopeKey('azure-ad-graph', name), entry)
}

/**
 * What a scope stands for: by the dialect's own table, else as the exact name or role id of an application
 * permission, else as a permission for signed-in users. Exact names come before those, and nothing is guessed:
 * `Calendars.Read.All` is a permission, but not one for calendars.
 */
export function findScope(dialect: Dialect, key: string, name: string): DialectScope | undefined {
  return dialect.scopes.get(key) ?? roleScope(key) ?? equivalents.get(key) ?? signInScope(name)
}

function roleScope(key: string): DialectScope | undefined {
  const permission = findRole(key)
  return permission && { scope: permission.value, permissions: [permission], fidelity: 'exact' }
}

/** OpenID Connect's scopes are of no resource, so they mean the same behind each. */
function signInScope(name: string): DialectScope | undefined {
  const entry = graph.scopes.get(name)
  return entry?.fidelity === 'ignored' ? entry : undefined
}

const candidates = new WeakMap<Dialect, readonly Candidate[]>()

/** What may be proposed for a scope that this dialect does not know: whatever it would translate. */
export function candidatesOf(dialect: Dialect): readonly Candidate[] {
  const known = candidates.get(dialect) ?? collectCandidates(dialect)
  candidates.set(dialect, known)
  return known
}

function collectCandidates({ resource, scopes }: Dialect): Candidate[] {
  const own = [...scopes.values(), ...(resource === 'graph' ? graph.scopes.values() : [])]
    .filter(({ permissions }) => permissions.length > 0)
    .map(({ scope }) => ({ name: scope.toLowerCase(), text: scope }))
  const roles = cataloguedPermissions.map((permission) => ({
    name: permission.value.toLowerCase(),
    text: permission.resource === resource ? permission.value : `${permission.resource}:${permission.value}`,
  }))
  return [...new Map([...own, ...roles].map((known) => [known.text.toLowerCase(), known])).values()]
}
