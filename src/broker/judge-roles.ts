import { covers } from '../catalogue/implications.ts'
import type { Entitlement } from '../domain/caller.ts'
import { formatPermission, type Permission, parsePermission, type Resource } from '../domain/permission.ts'
import type { AccessToken } from '../domain/token.ts'

/** What a token really carries, against what was asked for and what the caller may have. */
export interface RoleJudgement {
  readonly granted: readonly string[]
  readonly missing: readonly string[]
  readonly excess: readonly string[]
}

/** Undefined where the token's roles cannot be read. Entra cannot narrow an app-only token, so the broker looks. */
export function judgeRoles(
  token: AccessToken,
  resource: Resource,
  wanted: readonly Permission[],
  entitlement: Entitlement,
): RoleJudgement | undefined {
  if (token.roles === undefined) return undefined
  const held = token.roles.map((value): Permission => ({ resource, value }))
  const named = held.map(formatPermission)
  const missing = wanted.filter((permission) => !covers(held, permission, 'medium')).map(formatPermission)
  const beyond = held.filter((permission) => !entitles(entitlement, permission))
  return { granted: named, missing, excess: beyond.map(formatPermission) }
}

/** Whether a grant names this permission, or one that surely allows all that it does. */
export function entitles(entitlement: Entitlement, permission: Permission): boolean {
  return (
    entitlement.permissions.has(formatPermission(permission)) ||
    covers(listed(entitlement), permission, 'high')
  )
}

function* listed(entitlement: Entitlement): Iterable<Permission> {
  for (const name of entitlement.permissions) {
    const permission = parsePermission(name)
    if (permission !== undefined) yield permission
  }
}
