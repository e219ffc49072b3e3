/** The resources (APIs) whose application permissions the broker hands out. */
export const resources = ['graph', 'outlook'] as const
export type Resource = (typeof resources)[number]

/**
 * An application permission of one resource. `Mail.Read` of Graph is not `Mail.Read` of Exchange, so neither
 * the value nor Entra's role id identifies a permission without its resource.
 */
export interface Permission {
  readonly resource: Resource
  readonly value: string
}

/** How operators write a permission: a Graph one by its value, any other as `resource:value`. */
export function formatPermission(permission: Permission): string {
  return permission.resource === 'graph' ? permission.value : `${permission.resource}:${permission.value}`
}

/** Reads what `formatPermission` writes; undefined where the text names no known resource. */
export function parsePermission(text: string): Permission | undefined {
  const colon = text.indexOf(':')
  if (colon < 0) return { resource: 'graph', value: text }
  const resource = resources.find((known) => known === text.slice(0, colon))
  return resource === undefined ? undefined : { resource, value: text.slice(colon + 1) }
}
