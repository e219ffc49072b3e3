import { formatPermission, type Permission } from '../domain/permission.ts'
import {
  type CataloguedPermission,
  cataloguedPermissions,
  comparePermissions,
  findPermission,
  permissionNote,
} from './catalogue.ts'
import aurinko from './data/aurinko.json' with { type: 'json' }
import type { Candidate } from './suggest.ts'

export const dialectIds = ['aurinko'] as const
/** A vocabulary of scopes: that of the platform which the caller was written for. */
export type DialectId = (typeof dialectIds)[number]

/** Whether a dialect has this name; a database may still name one that a release has dropped. */
export function isDialect(name: string | undefined): name is DialectId {
  return dialectIds.some((known) => known === name)
}

/** What a caller's scopes are read in where the request names no dialect. */
export function preferredDialect(ofCaller: string | undefined): DialectId {
  return isDialect(ofCaller) ? ofCaller : 'aurinko'
}

export const fidelities = ['exact', 'broader', 'no_equivalent'] as const
/** How well the permissions fit the scope: `broader` ones allow more, `no_equivalent` means there is none. */
export type Fidelity = (typeof fidelities)[number]

export interface DialectScope {
  readonly scope: string
  readonly permissions: readonly CataloguedPermission[]
  readonly fidelity: Fidelity
  readonly aliasOf?: string
  readonly note?: string
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

export interface DialectFile {
  readonly title: string
  readonly scopes: readonly {
    readonly scope: string
    /** As operators write them; a scope of Exchange Online's own is written so too (`outlook:Mail.Send`). */
    readonly permissions: readonly string[]
    readonly fidelity: string
    readonly aliasOf?: string | undefined
    readonly note?: string | undefined
  }[]
}

/** A dialect made ready for look-ups. */
export interface Dialect {
  readonly title: string
  /** By scope in lower case, in the order of the file. */
  readonly scopes: ReadonlyMap<string, DialectScope>
  /** What may be proposed for a scope that this dialect does not know. */
  readonly candidates: readonly Candidate[]
}

const dialects: Readonly<Record<DialectId, Dialect>> = { aurinko: loadDialect(aurinko) }

/** Throws where the file names what the catalogue does not have: a fault of the release, seen at start. */
export function loadDialect(file: DialectFile): Dialect {
  const scopes = file.scopes.map(({ scope, permissions, fidelity, aliasOf, note }): DialectScope => {
    const knownFidelity = fidelities.find((candidate) => candidate === fidelity)
    return {
      scope,
      permissions: permissions.map((name) => present(findPermission(name), name)).sort(comparePermissions),
      fidelity: present(knownFidelity, fidelity),
      ...(aliasOf === undefined ? {} : { aliasOf }),
      ...(note === undefined ? {} : { note }),
    }
  })
  return {
    title: file.title,
    scopes: new Map(scopes.map((entry) => [entry.scope.toLowerCase(), entry])),
    candidates: candidatesOf(scopes),
  }
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the catalogue does not know ${name}`)
  return value
}

function candidatesOf(scopes: readonly DialectScope[]): Candidate[] {
  const own = scopes
    .filter(({ fidelity }) => fidelity !== 'no_equivalent')
    .map(({ scope }) => ({ name: scope.toLowerCase(), text: scope }))
  const exact = cataloguedPermissions.map((permission) => ({
    name: permission.value.toLowerCase(),
    text: formatPermission(permission),
  }))
  return [
    ...new Map([...own, ...exact].map((candidate) => [candidate.text.toLowerCase(), candidate])).values(),
  ]
}

export function findDialect(id: DialectId): Dialect {
  return dialects[id]
}

/** A dialect as people read it: each scope, the permissions it stands for and what to know of them. */
export function describeDialect(id: DialectId): DialectDescription {
  return { id, title: dialects[id].title, scopes: [...dialects[id].scopes.values()].map(describeScope) }
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
