import { retiredNote } from './notes.ts'
import { distinct, type Source, sourceOf } from './sources.ts'
import { required, type Tables } from './tables.ts'

/** One application permission as its file carries it. */
interface Role {
  readonly value: string
  readonly id: string
  readonly displayName: string
}

function byValue(a: Role, b: Role): number {
  return a.value < b.value ? -1 : 1
}

function resourceOf(tables: Tables, resource: string) {
  const { appId, uris } = required(tables.dialects.resources[resource], `the resource ${resource}`)
  return { appId, uris: uris.map((uri) => uri.toLowerCase()) }
}

function resourceFile(tables: Tables, resource: string, source: readonly Source[], roles: readonly Role[]) {
  const permissions = roles.map(({ value, id, displayName }) => ({ value, id, displayName })).sort(byValue)
  return { source, ...resourceOf(tables, resource), permissions }
}

function graphRoles(tables: Tables): Role[] {
  return tables.graph.permissions.flatMap(({ value, applicationId, enabled, displayName }) =>
    applicationId === undefined || enabled === false ? [] : [{ value, id: applicationId, displayName }],
  )
}

/** Every application permission that a file may name, as operators write it. */
export function knownPermissions(tables: Tables): ReadonlySet<string> {
  return new Set([
    ...graphRoles(tables).map(({ value }) => value),
    ...tables.resources.outlookAppRoles.map(({ value }) => `outlook:${value}`),
  ])
}

/** What stands for the permissions of Azure AD Graph, which is retired, by its own names and role ids. */
function retiredFile(tables: Tables) {
  const rows = Object.values(tables.dialects.dialects).flatMap(({ aadGraph = {} }) =>
    Object.entries(aadGraph),
  )
  const { sources } = tables.dialects.meta
  return {
    source: distinct(rows.flatMap(([, { source }]) => sourceOf(sources[source]))),
    ...resourceOf(tables, 'aadGraph'),
    scopes: rows.map(([scope, { permissions, fidelity, aadGraphApplicationId: id }]) => {
      const note = retiredNote(scope, permissions, fidelity)
      return {
        scope,
        ...(id === undefined ? {} : { id }),
        permissions,
        fidelity: fidelity.replace('-', '_'),
        ...(note === undefined ? {} : { note }),
      }
    }),
  }
}

export function resourceFiles(tables: Tables): [string, object][] {
  const { repo, commit, files } = tables.graph.meta.source
  const path = required(files[0], 'the file of the application permissions')
  const { sources } = tables.dialects.meta
  const { cloudSources, outlookAppRoles } = tables.resources
  const graphSource = [{ repository: repo, commit, path }, ...sourceOf(cloudSources['graph-deployments'])]
  const outlookSource = [...sourceOf(sources['exo-docs']), ...sourceOf(cloudSources['scuba'])]
  return [
    ['resources/graph.json', resourceFile(tables, 'graph', graphSource, graphRoles(tables))],
    ['resources/outlook.json', resourceFile(tables, 'outlook', outlookSource, outlookAppRoles)],
    ['resources/azure-ad-graph.json', retiredFile(tables)],
  ]
}

export function implicationsFile(tables: Tables): object {
  const { meta, edges, nonImplications } = tables.implications
  return {
    source: [...sourceOf(meta.sources['paths']), ...sourceOf(meta.sources['descriptions'])],
    edges: edges
      .filter(({ kind, confidence }) => kind === 'full' && confidence !== 'low')
      .map(({ superset, subset, confidence }) => ({ granted: superset, covers: subset, confidence })),
    never: nonImplications.map(({ granted, requested }) => ({ granted, covers: requested })),
  }
}
