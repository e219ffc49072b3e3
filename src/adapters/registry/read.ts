import type { Kysely, Transaction } from 'kysely'
import type { RegistryChanges, Tombstone } from '../../broker/ports.ts'
import type { Application } from '../../domain/application.ts'
import type { Caller } from '../../domain/caller.ts'
import type { Permission } from '../../domain/permission.ts'
import type { Tenant } from '../../domain/tenant.ts'
import type { Database } from './database.ts'
import {
  toApplication,
  toCaller,
  toCredential,
  toGrant,
  toKey,
  toObservation,
  toPermission,
  toTenant,
} from './rows.ts'

type Reader = Kysely<Database> | Transaction<Database>

/** A condition that a row of one of the aggregate tables meets. */
type Filter = { readonly column: string; readonly op: '=' | '>'; readonly value: string | number }

export async function readRevision(db: Reader): Promise<number> {
  const row = await db.selectFrom('registry_meta').select('revision').executeTakeFirstOrThrow()
  return row.revision
}

export async function readChanges(db: Reader, since: number): Promise<RegistryChanges> {
  const above: Filter = { column: 'revision', op: '>', value: since }
  const tombstones = await db
    .selectFrom('tombstone')
    .select(['kind', 'uid'])
    .where('revision', '>', since)
    .execute()
  const observations = await db.selectFrom('observation').selectAll().where('revision', '>', since).execute()
  return {
    revision: await readRevision(db),
    applications: await readApplications(db, [above]),
    tenants: await readTenants(db, [above]),
    callers: await readCallers(db, [above]),
    observations: observations.map(toObservation),
    tombstones: tombstones.map(toTombstone),
  }
}

function toTombstone(row: { kind: string; uid: string }): Tombstone {
  const { kind, uid } = row
  if (kind === 'application' || kind === 'tenant' || kind === 'caller') return { kind, uid }
  throw new Error('the registry holds a tombstone of an unknown kind')
}

/** In the order in which they are written, so that equal records are equal; the database's is its collation's. */
function sortedPermissions(rows: readonly Parameters<typeof toPermission>[0][] = []): Permission[] {
  const keyOf = ({ resource, value }: Permission) => `${resource} ${value}`
  return rows.map(toPermission).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

export async function readApplications(db: Reader, filters: readonly Filter[]): Promise<Application[]> {
  let query = db.selectFrom('application').selectAll('application')
  let permissionQuery = db
    .selectFrom('application_permission')
    .innerJoin('application', 'application.uid', 'application_permission.application_uid')
    .selectAll('application_permission')
  let credentialQuery = db
    .selectFrom('credential')
    .innerJoin('application', 'application.uid', 'credential.application_uid')
    .selectAll('credential')
  for (const { column, op, value } of filters) {
    const ref = db.dynamic.ref(`application.${column}`)
    query = query.where(ref, op, value)
    permissionQuery = permissionQuery.where(ref, op, value)
    credentialQuery = credentialQuery.where(ref, op, value)
  }
  const rows = await query.execute()
  if (rows.length === 0) return []
  const permissions = Map.groupBy(await permissionQuery.execute(), (row) => row.application_uid)
  const credentials = Map.groupBy(
    await credentialQuery.orderBy('credential.created_at').orderBy('credential.id').execute(),
    (row) => row.application_uid,
  )
  return rows.map((row) =>
    toApplication(
      row,
      sortedPermissions(permissions.get(row.uid)),
      (credentials.get(row.uid) ?? []).map(toCredential),
    ),
  )
}

export async function readTenants(db: Reader, filters: readonly Filter[]): Promise<Tenant[]> {
  let query = db.selectFrom('tenant').selectAll('tenant')
  let applicationQuery = db
    .selectFrom('tenant_application')
    .innerJoin('tenant', 'tenant.uid', 'tenant_application.tenant_uid')
    .innerJoin('application', 'application.uid', 'tenant_application.application_uid')
    .select(['tenant_application.tenant_uid', 'application.id'])
  for (const { column, op, value } of filters) {
    const ref = db.dynamic.ref(`tenant.${column}`)
    query = query.where(ref, op, value)
    applicationQuery = applicationQuery.where(ref, op, value)
  }
  const rows = await query.execute()
  if (rows.length === 0) return []
  const applications = Map.groupBy(await applicationQuery.execute(), (row) => row.tenant_uid)
  return rows.map((row) => toTenant(row, (applications.get(row.uid) ?? []).map((named) => named.id).sort()))
}

export async function readCallers(db: Reader, filters: readonly Filter[]): Promise<Caller[]> {
  let query = db.selectFrom('caller').selectAll('caller')
  let keyQuery = db
    .selectFrom('caller_key')
    .innerJoin('caller', 'caller.uid', 'caller_key.caller_uid')
    .selectAll('caller_key')
  let ruleQuery = db
    .selectFrom('grant_rule')
    .innerJoin('caller', 'caller.uid', 'grant_rule.caller_uid')
    .selectAll('grant_rule')
  let permissionQuery = db
    .selectFrom('grant_permission')
    .innerJoin('caller', 'caller.uid', 'grant_permission.caller_uid')
    .selectAll('grant_permission')
  for (const { column, op, value } of filters) {
    const ref = db.dynamic.ref(`caller.${column}`)
    query = query.where(ref, op, value)
    keyQuery = keyQuery.where(ref, op, value)
    ruleQuery = ruleQuery.where(ref, op, value)
    permissionQuery = permissionQuery.where(ref, op, value)
  }
  const rows = await query.execute()
  if (rows.length === 0) return []
  const keys = Map.groupBy(await keyQuery.orderBy('caller_key.created_at').execute(), (row) => row.caller_uid)
  const rules = Map.groupBy(await ruleQuery.orderBy('position').execute(), (row) => row.caller_uid)
  const permissions = Map.groupBy(
    await permissionQuery.execute(),
    (row) => `${row.caller_uid} ${row.position}`,
  )
  return rows.map((row) => {
    const grants = (rules.get(row.uid) ?? []).map((rule) =>
      toGrant(rule, sortedPermissions(permissions.get(`${row.uid} ${rule.position}`))),
    )
    return toCaller(row, grants, (keys.get(row.uid) ?? []).map(toKey))
  })
}
