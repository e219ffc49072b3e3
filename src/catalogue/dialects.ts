import type { Permission } from '../domain/permission.ts'
import { cataloguedPermissions, permissionNote, scopeKey } from './catalogue.ts'
import aurinko from './data/dialects/aurinko.json' with { type: 'json' }
import cloudElements from './data/dialects/cloud-elements.json' with { type: 'json' }
import cyclr from './data/dialects/cyclr.json' with { type: 'json' }
import emailThisIssue from './data/dialects/email-this-issue.json' with { type: 'json' }
import graph from './data/dialects/graph.json' with { type: 'json' }
import outlook from './data/dialects/outlook.json' with { type: 'json' }
import { type Dialect, type DialectScope, type Fidelity, loadDialect } from './dialect.ts'

const dialects = {
  aurinko: loadDialect(aurinko),
  'cloud-elements': loadDialect(cloudElements),
  cyclr: loadDialect(cyclr),
  'email-this-issue': loadDialect(emailThisIssue),
  graph: loadDialect(graph),
  outlook: loadDialect(outlook),
}

/** A vocabulary of scopes: that of the platform which the caller was written for, or Microsoft's own. */
export type DialectId = keyof typeof dialects
export const dialectIds: readonly DialectId[] = Object.keys(dialects).filter(isDialect)

/** Whether a dialect has this name; a database may still name one that a release has dropped. */
export function isDialect(name: string | undefined): name is DialectId {
  return name !== undefined && Object.hasOwn(dialects, name)
}

/** What a caller's scopes are read in where the request names no dialect. */
export function preferredDialect(ofCaller: string | undefined): DialectId {
  return isDialect(ofCaller) ? ofCaller : 'aurinko'
}

export function findDialect(id: DialectId): Dialect {
  return dialects[id]
}

export interface DescribedScope {
  readonly scope: string
  readonly permissions: readonly Permission[]
  readonly fidelity: Fidelity
  /** The scope that this is another spelling of. */
  readonly aliasOf?: string
  readonly note?: string
}

export interface DialectDescription {
  readonly id: DialectId
  readonly title: string
  readonly scopes: readonly DescribedScope[]
}

/**
 * A dialect as people read it: each scope, the permissions it stands for and what to know of them. Microsoft's
 * own dialects begin with the application permissions of their resource.
 */
export function describeDialect(id: DialectId): DialectDescription {
  const { title, scopes } = dialects[id]
  const roles = cataloguedPermissions
    .filter(({ resource, value }) => resource === id && !scopes.has(scopeKey(resource, value.toLowerCase())))
    .map(
      (permission): DialectScope => ({
        scope: permission.value,
        permissions: [permission],
        fidelity: 'exact',
      }),
    )
  return { id, title, scopes: [...roles, ...scopes.values()].map(describeScope) }
}

function describeScope({ scope, permissions, fidelity, aliasOf, note }: DialectScope): DescribedScope {
  const notes = [note, ...permissions.map(permissionNote)].filter((text) => text !== undefined)
  return {
    scope,
    permissions: permissions.map(({ resource, value }) => ({ resource, value })),
    fidelity,
    ...(aliasOf === undefined ? {} : { aliasOf }),
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
  }
}
