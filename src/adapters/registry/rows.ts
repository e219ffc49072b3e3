import type { Insertable, Selectable } from 'kysely'
import { type Application, signingAlgorithms } from '../../domain/application.ts'
import {
  type Caller,
  type CallerIdentity,
  type CallerKey,
  callerRoles,
  type Grant,
  sortIdentities,
  type TenantSelector,
} from '../../domain/caller.ts'
import { cloudNames } from '../../domain/cloud.ts'
import type { Credential } from '../../domain/credential.ts'
import { type Permission, resources } from '../../domain/permission.ts'
import { RecentTexts } from '../../domain/recent-texts.ts'
import { sameList } from '../../domain/same-list.ts'
import { type Observation, type ObservedFailure, roleChecks, type Tenant } from '../../domain/tenant.ts'
import { oneOf, optional } from './columns.ts'
import type { Database } from './database.ts'

type Row<Table extends keyof Database> = Selectable<Database[Table]>

export function toPermission(row: { resource: string; value: string }): Permission {
  return { resource: oneOf(resources, row.resource), value: row.value }
}

export function toApplication(
  row: Row<'application'>,
  permissions: readonly Permission[],
  credentials: readonly Credential[],
): Application {
  return {
    uid: row.uid,
    id: row.id,
    clientId: row.client_id,
    cloud: oneOf(cloudNames, row.cloud),
    displayName: row.display_name,
    ...optional('supportUrl', row.support_url),
    ...optional('returnUrl', row.return_url),
    permissions,
    signingAlg: oneOf(signingAlgorithms, row.signing_alg),
    credentials,
    epoch: row.epoch,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function fromApplication(a: Application): Insertable<Database['application']> {
  return {
    uid: a.uid,
    id: a.id,
    client_id: a.clientId,
    cloud: a.cloud,
    display_name: a.displayName,
    support_url: a.supportUrl ?? null,
    return_url: a.returnUrl ?? null,
    signing_alg: a.signingAlg,
    epoch: a.epoch,
    revision: a.revision,
    created_at: a.createdAt,
    updated_at: a.updatedAt,
  }
}

const labels = new RecentTexts<Tenant['labels']>(1_000)

/** Thousands of tenants have the same labels, or none. */
function sameLabels(text: string): Tenant['labels'] {
  const known = labels.get(text)
  if (known !== undefined) return known
  const parsed: Tenant['labels'] = JSON.parse(text)
  labels.set(text, parsed)
  return parsed
}

export function toTenant(row: Row<'tenant'>, applications: readonly string[]): Tenant {
  return {
    uid: row.uid,
    id: row.id,
    directoryId: row.directory_id,
    cloud: oneOf(cloudNames, row.cloud),
    ...optional('displayName', row.display_name),
    labels: sameLabels(row.labels),
    applications: sameList(applications),
    roleCheck: oneOf(roleChecks, row.role_check),
    enabled: row.enabled === 1,
    epoch: row.epoch,
    revision: row.revision,
    createdAt: row.created_at,
    // One string for most: there are many tenants, and few are changed.
    updatedAt: row.updated_at === row.created_at ? row.created_at : row.updated_at,
  }
}

export function fromTenant(t: Tenant): Insertable<Database['tenant']> {
  return {
    uid: t.uid,
    id: t.id,
    directory_id: t.directoryId,
    cloud: t.cloud,
    display_name: t.displayName ?? null,
    labels: JSON.stringify(t.labels),
    role_check: t.roleCheck,
    enabled: t.enabled ? 1 : 0,
    epoch: t.epoch,
    revision: t.revision,
    created_at: t.createdAt,
    updated_at: t.updatedAt,
  }
}

export function toGrant(row: Row<'grant_rule'>, permissions: readonly Permission[]): Grant {
  const tenants: TenantSelector = JSON.parse(row.tenants)
  return { tenants, permissions, excess: oneOf(['refuse', 'allow'], row.excess) }
}

export function toKey(row: Row<'caller_key'>): CallerKey {
  return {
    id: row.id,
    sha256: row.sha256,
    ...optional('expiresAt', row.expires_at),
    createdAt: row.created_at,
  }
}

/** What belongs to a caller beside its own row. */
export interface CallerParts {
  readonly grants: readonly Grant[]
  readonly keys: readonly CallerKey[]
  readonly identities: readonly CallerIdentity[]
}

export function toCaller(row: Row<'caller'>, { grants, keys, identities }: CallerParts): Caller {
  return {
    uid: row.uid,
    id: row.id,
    role: oneOf(callerRoles, row.role),
    ...optional('dialect', row.dialect),
    ...optional('rateLimit', row.rate_limit),
    enabled: row.enabled === 1,
    grants,
    keys,
    identities: sortIdentities(identities),
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function fromCaller(c: Caller): Insertable<Database['caller']> {
  return {
    uid: c.uid,
    id: c.id,
    role: c.role,
    dialect: c.dialect ?? null,
    rate_limit: c.rateLimit ?? null,
    enabled: c.enabled ? 1 : 0,
    revision: c.revision,
    created_at: c.createdAt,
    updated_at: c.updatedAt,
  }
}

export function toObservation(row: Row<'observation'>): Observation {
  const roles: string[] | null = row.roles === null ? null : JSON.parse(row.roles)
  const failure: ObservedFailure | null = row.failure === null ? null : JSON.parse(row.failure)
  return {
    tenantUid: row.tenant_uid,
    applicationUid: row.application_uid,
    resource: oneOf(resources, row.resource),
    ...optional('roles', roles && sameList(roles)),
    ...optional('observedAt', row.observed_at),
    ...optional('failure', failure),
    revision: row.revision,
  }
}

export function fromObservation(o: Observation): Insertable<Database['observation']> {
  return {
    tenant_uid: o.tenantUid,
    application_uid: o.applicationUid,
    resource: o.resource,
    roles: o.roles === undefined ? null : JSON.stringify(o.roles),
    observed_at: o.observedAt ?? null,
    failure: o.failure === undefined ? null : JSON.stringify(o.failure),
    revision: o.revision,
  }
}
