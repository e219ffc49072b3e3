import type { DialectId } from '../catalogue/dialects.ts'
import { isDialect } from '../catalogue/dialects.ts'
import type { Application, SigningAlgorithm } from '../domain/application.ts'
import type { Caller, CallerRole, Grant, TenantSelector } from '../domain/caller.ts'
import type { CloudName } from '../domain/cloud.ts'
import { formatPermission } from '../domain/permission.ts'
import type { RoleCheck, Tenant } from '../domain/tenant.ts'

/*
 * Records as operators write them: what POST, PUT and PATCH take, what the export holds and what the audit shows.
 * Names are those of the wire, so that all four are the same text.
 */

export interface ApplicationDocument {
  readonly id: string
  readonly client_id: string
  readonly cloud?: CloudName
  readonly display_name: string
  readonly support_url?: string
  readonly return_url?: string
  /** Names: `Mail.Read`, `outlook:IMAP.AccessAsApp`. */
  readonly permissions: readonly string[]
  readonly signing_alg?: SigningAlgorithm
}

export interface TenantDocument {
  readonly id: string
  readonly directory_id: string
  /** That of its applications where not given. */
  readonly cloud?: CloudName
  readonly display_name?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Slugs. */
  readonly applications: readonly string[]
  readonly role_check?: RoleCheck
  readonly enabled?: boolean
}

export type SelectorDocument =
  | '*'
  | { readonly ids: readonly string[] }
  | { readonly labels: Readonly<Record<string, string>> }

export interface GrantDocument {
  readonly tenants: SelectorDocument
  readonly permissions: readonly string[]
  readonly excess?: Grant['excess']
}

export interface CallerDocument {
  readonly id: string
  readonly role: CallerRole
  readonly dialect?: DialectId
  readonly rate_limit?: number
  readonly enabled?: boolean
  readonly grants: readonly GrantDocument[]
}

/** Every default is spelled out, so that two documents of equal records are equal. */
export function applicationDocument(application: Application) {
  const { supportUrl, returnUrl } = application
  return {
    id: application.id,
    client_id: application.clientId,
    cloud: application.cloud,
    display_name: application.displayName,
    ...(supportUrl !== undefined && { support_url: supportUrl }),
    ...(returnUrl !== undefined && { return_url: returnUrl }),
    permissions: application.permissions.map(formatPermission),
    signing_alg: application.signingAlg,
  } satisfies ApplicationDocument
}

export function tenantDocument(tenant: Tenant) {
  const { displayName } = tenant
  return {
    id: tenant.id,
    directory_id: tenant.directoryId,
    cloud: tenant.cloud,
    ...(displayName !== undefined && { display_name: displayName }),
    labels: { ...tenant.labels },
    applications: [...tenant.applications],
    role_check: tenant.roleCheck,
    enabled: tenant.enabled,
  } satisfies TenantDocument
}

export function callerDocument(caller: Caller) {
  const { dialect, rateLimit } = caller
  return {
    id: caller.id,
    role: caller.role,
    ...(isDialect(dialect) && { dialect }),
    ...(rateLimit !== undefined && { rate_limit: rateLimit }),
    enabled: caller.enabled,
    grants: caller.grants.map(({ tenants, permissions, excess }) => ({
      tenants: selectorDocument(tenants),
      permissions: permissions.map(formatPermission),
      excess,
    })),
  } satisfies CallerDocument
}

function selectorDocument(selector: TenantSelector) {
  switch (selector.kind) {
    case 'all':
      return '*' as const
    case 'ids':
      return { ids: [...selector.ids] }
    case 'labels':
      return { labels: { ...selector.labels } }
  }
}

export function readSelector(document: SelectorDocument): TenantSelector {
  if (document === '*') return { kind: 'all' }
  return 'ids' in document
    ? { kind: 'ids', ids: [...new Set(document.ids)].sort() }
    : { kind: 'labels', labels: document.labels }
}
