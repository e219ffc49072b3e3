import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'

const usage = 'usage: node scripts/build-catalogue.ts --from DIR [--to DIR]'

/** The dialects that the catalogue ships; each becomes one file. */
const dialects = ['aurinko']

/** What an operator should know about a scope of a dialect, keyed by dialect and scope. */
const scopeNotes = new Map([
  [
    'aurinko Mail.Drafts',
    'Microsoft Graph has no permission for drafts alone: Mail.Drafts makes all mail readable, writable and ' +
      'sendable.',
  ],
  [
    'aurinko Mail.All',
    'Aurinko does not publish what Mail.All stands for; it is read as reading, writing and sending.',
  ],
  [
    'aurinko Tasks.Read',
    'The application permission for Tasks.Read is called Tasks.Read.All in Microsoft Graph.',
  ],
  [
    'aurinko Tasks.ReadWrite',
    'The application permission for Tasks.ReadWrite is called Tasks.ReadWrite.All in Microsoft Graph.',
  ],
])

const Texts = Type.Record(Type.String(), Type.String())
const GraphTable = Type.Object({
  meta: Type.Object({
    source: Type.Object({ repo: Type.String(), commit: Type.String(), files: Type.Array(Type.String()) }),
  }),
  permissions: Type.Array(
    Type.Object({
      value: Type.String(),
      applicationId: Type.Optional(Type.String()),
      enabled: Type.Optional(Type.Boolean()),
      displayName: Type.String(),
    }),
  ),
})
const DialectTable = Type.Object({
  meta: Type.Object({ sources: Texts }),
  resources: Type.Record(
    Type.String(),
    Type.Object({ appId: Type.String(), uris: Type.Array(Type.String()) }),
  ),
  dialects: Type.Record(
    Type.String(),
    Type.Object({
      title: Type.String(),
      scopes: Type.Optional(
        Type.Record(
          Type.String(),
          Type.Object({
            permissions: Type.Array(Type.String()),
            resource: Type.Optional(Type.String()),
            fidelity: Type.String(),
            aliasOf: Type.Optional(Type.String()),
            source: Type.String(),
          }),
        ),
      ),
    }),
  ),
})
const ImplicationTable = Type.Object({
  meta: Type.Object({ sources: Texts }),
  edges: Type.Array(
    Type.Object({
      superset: Type.String(),
      subset: Type.String(),
      kind: Type.String(),
      confidence: Type.String(),
    }),
  ),
  nonImplications: Type.Array(Type.Object({ granted: Type.String(), requested: Type.String() })),
})
const ResourceTable = Type.Object({
  outlookAppRoles: Type.Array(
    Type.Object({ value: Type.String(), id: Type.String(), displayName: Type.String() }),
  ),
  cloudSources: Texts,
})

interface Source {
  readonly repository: string
  readonly commit: string
  readonly path?: string
}

/** One permission as its file carries it. */
interface Role {
  readonly value: string
  readonly id: string
  readonly displayName: string
}

interface Tables {
  readonly graph: Static<typeof GraphTable>
  readonly dialects: Static<typeof DialectTable>
  readonly implications: Static<typeof ImplicationTable>
  readonly resources: Static<typeof ResourceTable>
}

async function readTables(folder: string): Promise<Tables> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), 'utf8'))
  return {
    graph: Value.Parse(GraphTable, await read('graph-permissions.json')),
    dialects: Value.Parse(DialectTable, await read('dialects.json')),
    implications: Value.Parse(ImplicationTable, await read('implications.json')),
    resources: Value.Parse(ResourceTable, await read('resources.json')),
  }
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the tables lack ${what}`)
  return value
}

function byValue(a: { readonly value: string }, b: { readonly value: string }): number {
  return a.value < b.value ? -1 : 1
}

/** Reads `owner/name@commit path` out of a citation; nothing where it cites a web page. */
function sourceOf(citation: string | undefined): Source[] {
  const match = /([\w.-]+\/[\w.-]+)@([0-9a-f]{40})(?: ([\w./-]*\/[\w.-]+))?/.exec(citation ?? '')
  const [, repository, commit, path] = match ?? []
  if (repository === undefined || commit === undefined) return []
  return [{ repository, commit, ...(path === undefined ? {} : { path }) }]
}

function resourceFile(tables: Tables, resource: string, source: readonly Source[], roles: readonly Role[]) {
  const { appId, uris } = required(tables.dialects.resources[resource], `the resource ${resource}`)
  const permissions = roles.map(({ value, id, displayName }) => ({ value, id, displayName })).sort(byValue)
  return { source, appId, uris: uris.map((uri) => uri.toLowerCase()), permissions }
}

function graphRoles(tables: Tables): Role[] {
  return tables.graph.permissions.flatMap(({ value, applicationId, enabled, displayName }) =>
    applicationId === undefined || enabled === false ? [] : [{ value, id: applicationId, displayName }],
  )
}

function implicationsFile(tables: Tables) {
  const { meta, edges, nonImplications } = tables.implications
  return {
    source: [...sourceOf(meta.sources['paths']), ...sourceOf(meta.sources['descriptions'])],
    edges: edges
      .filter(({ kind, confidence }) => kind === 'full' && confidence !== 'low')
      .map(({ superset, subset, confidence }) => ({ granted: superset, covers: subset, confidence })),
    never: nonImplications.map(({ granted, requested }) => ({ granted, covers: requested })),
  }
}

function originOf(source: string): string {
  if (source.startsWith('seed-')) return 'published'
  return source === 'derived' ? 'derived' : 'observed'
}

function dialectFile(tables: Tables, id: string, known: ReadonlySet<string>) {
  const dialect = required(tables.dialects.dialects[id], `the dialect ${id}`)
  const entries = Object.entries(required(dialect.scopes, `the scopes of ${id}`))
  const scopes = entries.map(([scope, entry]) => {
    const prefix = entry.resource === undefined || entry.resource === 'graph' ? '' : `${entry.resource}:`
    const permissions = entry.permissions.map((value) => `${prefix}${value}`)
    const stray = permissions.find((permission) => !known.has(permission))
    if (stray !== undefined)
      throw new Error(`${id}: ${scope} names ${stray}, which is no application permission`)
    const note = scopeNotes.get(`${id} ${scope}`) ?? scopeNotes.get(`${id} ${entry.aliasOf}`)
    if (entry.fidelity !== 'exact' && note === undefined) throw new Error(`${id}: ${scope} needs a note`)
    return {
      scope,
      permissions,
      fidelity: entry.fidelity.replace('-', '_'),
      origin: originOf(entry.source),
      ...(entry.aliasOf === undefined ? {} : { aliasOf: entry.aliasOf }),
      ...(note === undefined ? {} : { note }),
    }
  })
  const cited = new Set([
    tables.dialects.meta.sources[`${id}-sdk`],
    ...entries.map(([, { source }]) => source),
  ])
  return { source: [...cited].flatMap(sourceOf), title: dialect.title, scopes }
}

/** One entry a line: small, and a change to one permission is a change to one line. */
function format(file: object): string {
  const members = Object.entries(file).map(([name, value]) => {
    const lines = Array.isArray(value) ? value.map((entry) => `    ${JSON.stringify(entry)}`) : undefined
    return `  "${name}": ${lines === undefined ? JSON.stringify(value) : `[\n${lines.join(',\n')}\n  ]`}`
  })
  return `{\n${members.join(',\n')}\n}\n`
}

function buildFiles(tables: Tables): Map<string, object> {
  const { repo, commit, files } = tables.graph.meta.source
  const path = required(files[0], 'the file of the application permissions')
  const { sources } = tables.dialects.meta
  const { cloudSources, outlookAppRoles } = tables.resources
  const graphSource = [{ repository: repo, commit, path }, ...sourceOf(cloudSources['graph-deployments'])]
  const outlookSource = [...sourceOf(sources['exo-docs']), ...sourceOf(cloudSources['scuba'])]
  const roles = graphRoles(tables)
  const known = new Set([
    ...roles.map(({ value }) => value),
    ...outlookAppRoles.map(({ value }) => `outlook:${value}`),
  ])
  return new Map<string, object>([
    ['graph.json', resourceFile(tables, 'graph', graphSource, roles)],
    ['outlook.json', resourceFile(tables, 'outlook', outlookSource, outlookAppRoles)],
    ['implications.json', implicationsFile(tables)],
    ...dialects.map((id): [string, object] => [`${id}.json`, dialectFile(tables, id, known)]),
  ])
}

const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } })
if (values.from === undefined) {
  console.error(usage)
  process.exit(2)
}
const target = values.to ?? join(import.meta.dirname, '../src/catalogue/data')
for (const [name, file] of buildFiles(await readTables(values.from))) {
  await writeFile(join(target, name), format(file))
}
