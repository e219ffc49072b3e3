import { covers } from '../catalogue/implications.ts'
import type { Entitlement } from '../domain/caller.ts'
import { formatPermission, type Permission, parsePermission } from '../domain/permission.ts'
import type { TokenFacts } from '../domain/token.ts'
import type { Wanted } from './authorise.ts'
import { Remembered } from './remember.ts'

/** What a token really carries, against what was asked for and what the caller may have. */
export interface RoleJudgement {
  /** What was asked for and is carried. */
  readonly scope: readonly string[]
  readonly granted: readonly string[]
  readonly missing: readonly string[]
  readonly excess: readonly string[]
}

/** Of a list of roles, which all tenants with these roles share. */
const judgements = new Remembered<readonly string[], Wanted, Entitlement, RoleJudgement>(32)

/** Undefined where the token's roles cannot be read. Entra cannot narrow an app-only token, so the broker looks. */
export function judgeRoles(
  { roles }: TokenFacts,
  wanted: Wanted,
  entitlement: Entitlement,
): RoleJudgement | undefined {
  if (roles === undefined) return undefined
  const known = judgements.recall(roles, wanted, entitlement)
  return known ?? judgements.keep(roles, wanted, entitlement, judge(roles, wanted, entitlement))
}

function judge(
  roles: readonly string[],
  { resource, permissions }: Wanted,
  entitlement: Entitlement,
): RoleJudgement {
  const held = roles.map((value): Permission => ({ resource, value }))
  const named = held.map(formatPermission)
  const isCovered = (permission: Permission) => covers(held, permission, 'medium')
  const scope = permissions.filter(isCovered).map(formatPermission)
  const missing = permissions.filter((permission) => !isCovered(permission)).map(formatPermission)
  const beyond = held.filter((permission) => !entitles(entitlement, permission))
  return { scope, granted: named, missing, excess: beyond.map(formatPermission) }
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
