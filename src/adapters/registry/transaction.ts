import { sql, type Transaction } from 'kysely'
import type { Actor, Clock, RegistryChange, RegistryTransaction } from '../../broker/ports.ts'
import type { Application } from '../../domain/application.ts'
import type { Caller, CallerKey } from '../../domain/caller.ts'
import type { Observation, Tenant } from '../../domain/tenant.ts'
import type { Database } from './database.ts'
import { readApplications, readCallers, readTenants } from './read.ts'
import {
  fromApplication,
  fromCaller,
  fromCredential,
  fromObservation,
  fromTenant,
  toObservation,
} from './rows.ts'

/**
 * Starts by raising the revision: in either database that takes the one lock under which all writers queue, so
 * revisions appear in the order in which transactions commit and a poller never skips one.
 */
export async function beginTransaction(
  db: Transaction<Database>,
  clock: Clock,
): Promise<RegistryTransaction> {
  const { revision } = await db
    .updateTable('registry_meta')
    .set({ revision: sql<number>`revision + 1` })
    .returning('revision')
    .executeTakeFirstOrThrow()
  let changes = 0
  return {
    revision,
    nextEpoch: () => takeEpoch(db),
    application: async (id) => (await readApplications(db, [{ column: 'id', op: '=', value: id }]))[0],
    applicationByClientId: async (cloud, clientId) => {
      const filters = [
        { column: 'cloud', op: '=', value: cloud },
        { column: 'client_id', op: '=', value: clientId },
      ] as const
      return (await readApplications(db, filters))[0]
    },
    insertApplication: (application) => insertApplication(db, application),
    insertCredential: async (application, credential) => {
      await db.insertInto('credential').values(fromCredential(application.uid, credential)).execute()
      await touch(db, 'application', application.uid, revision)
    },
    updateCredential: async (application, credential) => {
      const row = fromCredential(application.uid, credential)
      await db.updateTable('credential').set(row).where('uid', '=', credential.uid).execute()
      await touch(db, 'application', application.uid, revision)
    },
    tenant: async (id) => (await readTenants(db, [{ column: 'id', op: '=', value: id }]))[0],
    tenantByDirectory: async (directoryId) =>
      (await readTenants(db, [{ column: 'directory_id', op: '=', value: directoryId }]))[0],
    insertTenant: (tenant) => insertTenant(db, tenant),
    caller: async (id) => (await readCallers(db, [{ column: 'id', op: '=', value: id }]))[0],
    insertCaller: (caller) => insertCaller(db, caller),
    insertKey: async (caller, key) => {
      await insertKey(db, caller.uid, key)
      await touch(db, 'caller', caller.uid, revision)
    },
    observation: async ({ tenantUid, applicationUid, resource }) => {
      const row = await db
        .selectFrom('observation')
        .selectAll()
        .where('tenant_uid', '=', tenantUid)
        .where('application_uid', '=', applicationUid)
        .where('resource', '=', resource)
        .executeTakeFirst()
      return row && toObservation(row)
    },
    saveObservation: (observation) => saveObservation(db, observation),
    recordChange: async (actor, change) => {
      changes += 1
      await recordChange(db, { revision, position: changes, at: isoTime(clock) }, actor, change)
    },
  }
}

function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

async function takeEpoch(db: Transaction<Database>): Promise<number> {
  const row = await db
    .updateTable('registry_meta')
    .set({ next_epoch: sql<number>`next_epoch + 1` })
    .returning('next_epoch')
    .executeTakeFirstOrThrow()
  return row.next_epoch - 1
}

async function touch(
  db: Transaction<Database>,
  table: 'application' | 'caller',
  uid: string,
  revision: number,
) {
  await db.updateTable(table).set({ revision }).where('uid', '=', uid).execute()
}

async function insertApplication(db: Transaction<Database>, application: Application): Promise<void> {
  await db.insertInto('application').values(fromApplication(application)).execute()
  for (const { resource, value } of application.permissions) {
    await db
      .insertInto('application_permission')
      .values({ application_uid: application.uid, resource, value })
      .execute()
  }
  for (const credential of application.credentials) {
    await db.insertInto('credential').values(fromCredential(application.uid, credential)).execute()
  }
}

async function insertTenant(db: Transaction<Database>, tenant: Tenant): Promise<void> {
  await db.insertInto('tenant').values(fromTenant(tenant)).execute()
  for (const id of tenant.applications) {
    await db
      .insertInto('tenant_application')
      .columns(['tenant_uid', 'application_uid'])
      .expression((from) =>
        from
          .selectFrom('application')
          .select([sql.val(tenant.uid).as('tenant_uid'), 'uid'])
          .where('id', '=', id),
      )
      .execute()
  }
}

async function insertCaller(db: Transaction<Database>, caller: Caller): Promise<void> {
  await db.insertInto('caller').values(fromCaller(caller)).execute()
  for (const [position, grant] of caller.grants.entries()) {
    const key = { caller_uid: caller.uid, position }
    await db
      .insertInto('grant_rule')
      .values({ ...key, tenants: JSON.stringify(grant.tenants), excess: grant.excess })
      .execute()
    for (const { resource, value } of grant.permissions) {
      await db
        .insertInto('grant_permission')
        .values({ ...key, resource, value })
        .execute()
    }
  }
  for (const key of caller.keys) await insertKey(db, caller.uid, key)
}

async function insertKey(db: Transaction<Database>, callerUid: string, key: CallerKey): Promise<void> {
  await db
    .insertInto('caller_key')
    .values({
      id: key.id,
      caller_uid: callerUid,
      sha256: key.sha256,
      expires_at: key.expiresAt ?? null,
      created_at: key.createdAt,
    })
    .execute()
}

async function saveObservation(db: Transaction<Database>, observation: Observation): Promise<void> {
  const row = fromObservation(observation)
  await db
    .insertInto('observation')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['tenant_uid', 'application_uid', 'resource']).doUpdateSet(row),
    )
    .execute()
}

async function recordChange(
  db: Transaction<Database>,
  stamp: { revision: number; position: number; at: string },
  actor: Actor,
  change: RegistryChange,
): Promise<void> {
  await db
    .insertInto('audit_change')
    .values({
      ...stamp,
      actor: actor.caller,
      action: change.action,
      target: change.target,
      before: change.before === undefined ? null : JSON.stringify(change.before),
      after: change.after === undefined ? null : JSON.stringify(change.after),
      request_id: actor.requestId,
    })
    .execute()
}
