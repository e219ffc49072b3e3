import { formatPermission, type Permission, type Resource, resources } from '../domain/permission.ts'
import notes from './data/notes.json' with { type: 'json' }
import azureAdGraph from './data/resources/azure-ad-graph.json' with { type: 'json' }
import graph from './data/resources/graph.json' with { type: 'json' }
import outlook from './data/resources/outlook.json' with { type: 'json' }

/** An application permission that Microsoft publishes. `id` is unique only within its resource. */
export interface CataloguedPermission extends Permission {
  readonly id: string
  readonly displayName: string
}

/** What a scope may name: a resource, or Azure AD Graph, which is retired and whose permissions nobody has. */
export type NamedResource = Resource | 'azure-ad-graph'

interface ResourceFile {
  readonly appId: string
  readonly uris: readonly string[]
  readonly permissions: readonly {
    readonly value: string
    readonly id: string
    readonly displayName: string
  }[]
}

const files: Readonly<Record<Resource, ResourceFile>> = { graph, outlook }

/** Every permission of the catalogue, sorted by resource, then value. */
export const cataloguedPermissions: readonly CataloguedPermission[] = resources
  .flatMap((resource) =>
    files[resource].permissions.map(({ value, id, displayName }) =>
      Object.freeze({ resource, value, id, displayName }),
    ),
  )
  .sort(comparePermissions)

// Maps, never objects: what is looked up comes from outside and may be called `__proto__`.
const permissionByName = new Map(
  cataloguedPermissions.map((permission) => [formatPermission(permission).toLowerCase(), permission]),
)
const permissionById = new Map(
  cataloguedPermissions.map((permission) => [scopeKey(permission.resource, permission.id), permission]),
)
const resourceByUri = new Map<string, NamedResource>([
  ...resources.flatMap((resource) => files[resource].uris.map((uri) => [uri, resource] as const)),
  ...azureAdGraph.uris.map((uri) => [uri, 'azure-ad-graph'] as const),
  [azureAdGraph.appId, 'azure-ad-graph'],
])
const noteByName = new Map(notes.notes.map(({ permission, note }) => [permission, note]))

/** Orders by resource, then value, by code unit: the same on every machine, whatever its locale. */
export function comparePermissions(a: Permission, b: Permission): number {
  if (a.resource !== b.resource) return a.resource < b.resource ? -1 : 1
  if (a.value === b.value) return 0
  return a.value < b.value ? -1 : 1
}

/** A scope's identity: its name in lower case, with its resource before it where that is not Graph. */
export function scopeKey(resource: NamedResource, name: string): string {
  return resource === 'graph' ? name : `${resource}:${name}`
}

/**
 * The application permission of exactly this name, in any case: `Mail.Read` of Graph,
 * `outlook:IMAP.AccessAsApp` of Exchange Online. Never a similar one: `Calendars.Read.All` exists and has
 * nothing to do with calendars.
 */
export function findPermission(text: string): CataloguedPermission | undefined {
  const name = text.toLowerCase()
  return permissionByName.get(name.startsWith('graph:') ? name.slice('graph:'.length) : name)
}

/**
 * The application permission that a scope's key names, by its value or by its app role id. Ids repeat across
 * resources, and those of permissions for signed-in users are not here.
 */
export function findRole(key: string): CataloguedPermission | undefined {
  return permissionByName.get(key) ?? permissionById.get(key)
}

/** The resource that a URI or application id stands for, in any national cloud. Wants lower case. */
export function findResource(uri: string): NamedResource | undefined {
  return resourceByUri.get(uri)
}

/** Entra's application id of the resource, as `requiredResourceAccess` names it. */
export function resourceAppId(resource: Resource): string {
  return files[resource].appId
}

/** What an operator should know about a permission before relying on it, where there is such a thing. */
export function permissionNote(permission: Permission): string | undefined {
  return noteByName.get(formatPermission(permission))
}
