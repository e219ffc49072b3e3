import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql, type Transaction } from 'kysely'
import type { RegistryChanges, Tombstone } from '../../broker/ports.ts'
import type { Application } from '../../domain/application.ts'
import type { Caller } from '../../domain/caller.ts'
import type { Permission } from '../../domain/permission.ts'
import type { Tenant } from '../../domain/tenant.ts'
import { toCredential } from './credential-rows.ts'
import type { Database } from './database.ts'
import { toApplication, toCaller, toGrant, toKey, toObservation, toPermission, toTenant } from './rows.ts'

type Reader = Kysely<Database> | Transaction<Database>

/** The tables of the records; a row of any other is read with the record that it belongs to. */
type RecordTable = 'application' | 'tenant' | 'caller'

/** A condition on a record's own row. */
interface Filter<Table extends RecordTable> {
  readonly column: keyof Database[Table] & string
  readonly op: '=' | '>'
  readonly value: string | number
}

/**
 * All filters as one condition, for every query that has the record's own row in it. What belongs to a record is
 * read by a join: the ids of 100,000 tenants are more parameters than either database takes.
 */
function meetsAll<Table extends RecordTable>(
  table: Table,
  filters: readonly Filter<Table>[],
): Expression<SqlBool> {
  const build = expressionBuilder<Database>()
  return build.and(filters.map(({ column, op, value }) => build(sql.ref(`${table}.${column}`), op, value)))
}

export async function readRevision(db: Reader): Promise<number> {
  const row = await db.selectFrom('registry_meta').select('revision').executeTakeFirstOrThrow()
  return row.revision
}

export async function readChanges(db: Reader, since: number): Promise<RegistryChanges> {
  const above = { column: 'revision', op: '>', value: since } as const
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

export async function readApplications(
  db: Reader,
  filters: readonly Filter<'application'>[],
): Promise<Application[]> {
  const wanted = meetsAll('application', filters)
  const rows = await db.selectFrom('application').selectAll('application').where(wanted).execute()
  if (rows.length === 0) return []
  const permissionRows = await db
    .selectFrom('application_permission')
    .innerJoin('application', 'application.uid', 'application_permission.application_uid')
    .selectAll('application_permission')
    .where(wanted)
    .execute()
  const credentialRows = await db
    .selectFrom('credential')
    .innerJoin('application', 'application.uid', 'credential.application_uid')
    .selectAll('credential')
    .where(wanted)
    .orderBy('credential.created_at')
    .orderBy('credential.id')
    .execute()
  const permissions = Map.groupBy(permissionRows, (row) => row.application_uid)
  const credentials = Map.groupBy(credentialRows, (row) => row.application_uid)
  return rows.map((row) =>
    toApplication(
      row,
      sortedPermissions(permissions.get(row.uid)),
      (credentials.get(row.uid) ?? []).map(toCredential),
    ),
  )
}

export async function readTenants(db: Reader, filters: readonly Filter<'tenant'>[]): Promise<Tenant[]> {
  const wanted = meetsAll('tenant', filters)
  const rows = await db.selectFrom('tenant').selectAll('tenant').where(wanted).execute()
  if (rows.length === 0) return []
  const applicationRows = await db
    .selectFrom('tenant_application')
    .innerJoin('tenant', 'tenant.uid', 'tenant_application.tenant_uid')
    .innerJoin('application', 'application.uid', 'tenant_application.application_uid')
    .select(['tenant_application.tenant_uid', 'application.id'])
    .where(wanted)
    .execute()
  const applications = Map.groupBy(applicationRows, (row) => row.tenant_uid)
  return rows.map((row) => toTenant(row, (applications.get(row.uid) ?? []).map((named) => named.id).sort()))
}

export async function readCallers(db: Reader, filters: readonly Filter<'caller'>[]): Promise<Caller[]> {
  const wanted = meetsAll('caller', filters)
  const rows = await db.selectFrom('caller').selectAll('caller').where(wanted).execute()
  if (rows.length === 0) return []
  const keyRows = await db
    .selectFrom('caller_key')
    .innerJoin('caller', 'caller.uid', 'caller_key.caller_uid')
    .selectAll('caller_key')
    .where(wanted)
    .orderBy('caller_key.created_at')
    .execute()
  const identityRows = await db
    .selectFrom('caller_identity')
    .innerJoin('caller', 'caller.uid', 'caller_identity.caller_uid')
    .selectAll('caller_identity')
    .where(wanted)
    .execute()
  const ruleRows = await db
    .selectFrom('grant_rule')
    .innerJoin('caller', 'caller.uid', 'grant_rule.caller_uid')
    .selectAll('grant_rule')
    .where(wanted)
    .orderBy('position')
    .execute()
  const permissionRows = await db
    .selectFrom('grant_permission')
    .innerJoin('caller', 'caller.uid', 'grant_permission.caller_uid')
    .selectAll('grant_permission')
    .where(wanted)
    .execute()
  const keys = Map.groupBy(keyRows, (row) => row.caller_uid)
  const identities = Map.groupBy(identityRows, (row) => row.caller_uid)
  const rules = Map.groupBy(ruleRows, (row) => row.caller_uid)
  const permissions = Map.groupBy(permissionRows, (row) => `${row.caller_uid} ${row.position}`)
  return rows.map((row) => {
    const grants = (rules.get(row.uid) ?? []).map((rule) =>
      toGrant(rule, sortedPermissions(permissions.get(`${row.uid} ${rule.position}`))),
    )
    return toCaller(row, {
      grants,
      keys: (keys.get(row.uid) ?? []).map(toKey),
      identities: (identities.get(row.uid) ?? []).map(({ issuer, subject }) => ({ issuer, subject })),
    })
  })
}
