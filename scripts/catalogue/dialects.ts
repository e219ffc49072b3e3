import { broaderNote } from '../../src/catalogue/scope-note.ts'
import {
  aliasNote,
  categoryNote,
  insteadNote,
  movedNote,
  requiresNote,
  retiredNote,
  writtenNote,
} from './notes.ts'
import { distinct, type Source, sourceOf } from './sources.ts'
import { type Category, type DialectRows, type Row, required, type Tables } from './tables.ts'

/** Pages that the tables cite without a whole address. */
const pages: Readonly<Record<string, string>> = {
  'email-this-issue':
    'https://docs.meta-inf.hu/email-this-issue/email-this-issue-for-jira-server-data-center/documentation/' +
    'administration/mail-server-connections/microsoft-with-oauth2/microsoft-graph-api-with-oauth2/' +
    'graph-api-with-client-credentials-grant-application-access',
}

/** One scope as its file carries it. */
interface Entry {
  readonly scope: string
  readonly permissions: readonly string[]
  readonly fidelity: string
  readonly origin: string
  readonly aliasOf?: string
  readonly note?: string
}

interface Desk {
  readonly id: string
  readonly dialect: DialectRows
  readonly known: ReadonlySet<string>
  /** What Graph's names for signed-in users stand for. */
  readonly delegated: Readonly<Record<string, Row>>
}

/** Published by the platform or by Microsoft; seen in use; or matched by name. */
function originOf({ source, evidence }: Row): string {
  if (source === 'derived' || (source === 'graph-live' && !evidence?.startsWith('listed'))) return 'derived'
  return source.startsWith('github ') ? 'observed' : 'published'
}

function permissionsOf({ resource, permissions }: Row): string[] {
  const prefix = resource === undefined || resource === 'graph' ? '' : `${resource}:`
  return permissions.map((value) => `${prefix}${value}`)
}

function noteOf(desk: Desk, scope: string, row: Row, permissions: readonly string[]): string | undefined {
  const own = writtenNote(desk.id, scope) ?? writtenNote(desk.id, row.aliasOf ?? '')
  if (own !== undefined) return own
  if (desk.dialect.aadGraph?.[scope] !== undefined) return retiredNote(scope, permissions, row.fidelity)
  if (row.fidelity !== 'no-equivalent') return undefined
  const sameCalls = /data lists ([\w., -]+)/.exec(row.note ?? '')?.[1]?.split(', ') ?? []
  return insteadNote(
    scope,
    sameCalls.filter((name) => desk.known.has(name)),
  )
}

function rowEntry(desk: Desk, scope: string, row: Row): Entry {
  const required = (row.requires ?? []).flatMap((name) => desk.dialect.scopes?.[name]?.permissions ?? [])
  const permissions = [...permissionsOf(row), ...required]
  const note =
    row.requires === undefined
      ? noteOf(desk, scope, row, permissions)
      : requiresNote(scope, row.requires, required)
  return {
    scope,
    permissions,
    fidelity: row.fidelity.replace('-', '_'),
    origin: originOf(row),
    ...(row.aliasOf === undefined ? {} : { aliasOf: row.aliasOf }),
    ...(note === undefined ? {} : { note }),
  }
}

/** A category stands for its permissions under its own name and under each of its aliases. */
function categoryEntries(desk: Desk, name: string, category: Category): Entry[] {
  const isBroader = category.scopes.some((scope) => desk.dialect.scopes?.[scope]?.fidelity === 'broader')
  return [name, ...(category.aliases ?? [])].map((scope) => ({
    scope,
    permissions: category.permissions,
    fidelity: isBroader ? 'broader' : 'exact',
    origin: 'published',
    ...(scope === name ? {} : { aliasOf: name }),
    note: categoryNote(scope, category, isBroader),
  }))
}

function aliasEntry({ dialect: { title }, known, delegated }: Desk, scope: string, meant: string): Entry {
  const row = delegated[meant]
  if (known.has(meant)) {
    const note = aliasNote(title, scope, meant)
    return { scope, permissions: [meant], fidelity: 'exact', origin: 'observed', aliasOf: meant, note }
  }
  const { permissions, fidelity } = required(row, `the name ${meant}, which ${scope} is another spelling of`)
  const note = broaderNote(`${title} writes ${scope} for ${meant}, which`, permissions)
  return { scope, permissions, fidelity, origin: 'observed', aliasOf: meant, note }
}

/** Exchange Online's scopes that a platform asks for and means Graph's permissions of the same names by. */
function movedEntries({ dialect: { title, outlookUris }, known }: Desk): Entry[] {
  const asked = /https:\/\/outlook\.office\.com\/([\w.|]+)/.exec(outlookUris ?? '')?.[1]?.split('|') ?? []
  return asked.map((name) => {
    const value = required(
      [...known].find((permission) => permission.toLowerCase() === name),
      `the permission ${name}`,
    )
    const note = movedNote(title, value, value)
    return { scope: `outlook:${value}`, permissions: [value], fidelity: 'exact', origin: 'observed', note }
  })
}

function entriesOf(desk: Desk): Entry[] {
  const { scopes = {}, categories = {}, aadGraph = {}, aliases = {}, delegatedOnly = {} } = desk.dialect
  const retired = Object.entries(aadGraph).filter(([scope]) => scopes[scope] === undefined)
  return [
    ...Object.entries(scopes).map(([scope, row]) => rowEntry(desk, scope, row)),
    ...Object.entries(categories).flatMap(([name, category]) => categoryEntries(desk, name, category)),
    ...retired.map(([scope, row]) => rowEntry(desk, scope, row)),
    ...Object.entries(aliases).map(([scope, meant]) => aliasEntry(desk, scope, meant)),
    ...movedEntries(desk),
    ...Object.entries(delegatedOnly).map(([scope, row]) => rowEntry(desk, scope, row)),
  ]
}

function checkEntry({ id, known }: Desk, { scope, permissions, fidelity }: Entry): void {
  const stray = permissions.find((permission) => !known.has(permission))
  if (stray !== undefined)
    throw new Error(`${id}: ${scope} names ${stray}, which is no application permission`)
  if ((permissions.length === 0) !== ['no_equivalent', 'ignored'].includes(fidelity))
    throw new Error(`${id}: ${scope} has ${permissions.length} permissions and is ${fidelity}`)
}

function sourcesOf(tables: Tables, { id, dialect }: Desk): Source[] {
  const { sources } = tables.dialects.meta
  const { scopes = {}, aadGraph = {}, delegatedOnly = {} } = dialect
  const rows = [scopes, aadGraph, delegatedOnly].flatMap((table) => Object.values(table))
  const named = Object.keys(sources).filter((key) => key.startsWith(`${id}-`))
  const cited = [...named, ...rows.map(({ source }) => source)].flatMap((key) =>
    sourceOf(sources[key] ?? key),
  )
  const page = pages[id]
  return distinct([
    ...sourceOf(dialect.aliasSource),
    ...cited,
    ...(page === undefined || cited.length > 0 ? [] : [{ url: page }]),
  ])
}

/** One file a dialect. One that has the name of a resource has that resource's own names. */
export function dialectFiles(tables: Tables, known: ReadonlySet<string>): [string, object][] {
  const { dialects } = tables.dialects
  const delegated = dialects['graph']?.delegatedOnly ?? {}
  return Object.entries(dialects).map(([id, dialect]) => {
    const desk: Desk = { id, dialect, known, delegated }
    const scopes = entriesOf(desk)
    for (const entry of scopes) checkEntry(desk, entry)
    const resource = id === 'graph' || tables.dialects.resources[id] === undefined ? {} : { resource: id }
    const file = { source: sourcesOf(tables, desk), title: dialect.title, ...resource, scopes }
    return [`dialects/${id}.json`, file]
  })
}
