import { sql, type Transaction } from 'kysely'
import type { Actor, Clock, RegistryChange, RegistryTransaction } from '../../broker/ports.ts'
import type { CallerIdentity } from '../../domain/caller.ts'
import { addVisit } from './consent-visits.ts'
import type { Database } from './database.ts'
import { readApplications, readCallers, readTenants } from './read.ts'
import { fromObservation, toObservation } from './rows.ts'
import { removeApplication, saveApplication } from './save-application.ts'
import { removeCaller, saveCaller } from './save-caller.ts'
import { removeTenant, saveTenant } from './save-tenant.ts'

export interface OpenTransaction extends RegistryTransaction {
  /** Whether anything was written beside the revision. */
  readonly hasWritten: boolean
}

/**
 * Starts by raising the revision: in either database that takes the one lock under which all writers queue, so
 * revisions appear in the order in which transactions commit and a poller never skips one.
 */
export async function beginTransaction(db: Transaction<Database>, clock: Clock): Promise<OpenTransaction> {
  const revision = await raise(db, 'revision')
  let changes = 0
  let hasWritten = false

  function writing<Args extends unknown[]>(write: (...args: Args) => Promise<void>) {
    return (...args: Args) => {
      hasWritten = true
      return write(...args)
    }
  }

  return {
    revision,
    get hasWritten() {
      return hasWritten
    },
    nextEpoch: async () => (await raise(db, 'next_epoch')) - 1,
    application: async (id) => (await readApplications(db, [{ column: 'id', op: '=', value: id }]))[0],
    applicationByClientId: async (cloud, clientId) => {
      const inCloud = { column: 'cloud', op: '=', value: cloud } as const
      return (await readApplications(db, [inCloud, { column: 'client_id', op: '=', value: clientId }]))[0]
    },
    saveApplication: writing((application) => saveApplication(db, application)),
    removeApplication: writing((application) => removeApplication(db, application, revision)),
    tenant: async (id) => (await readTenants(db, [{ column: 'id', op: '=', value: id }]))[0],
    tenantByDirectory: async (directoryId) =>
      (await readTenants(db, [{ column: 'directory_id', op: '=', value: directoryId }]))[0],
    tenantsOf: ({ uid }) => tenantsOf(db, uid),
    saveTenant: writing((tenant) => saveTenant(db, tenant)),
    removeTenant: writing((tenant) => removeTenant(db, tenant, revision)),
    caller: async (id) => (await readCallers(db, [{ column: 'id', op: '=', value: id }]))[0],
    callerWithIdentity: (identity) => callerWithIdentity(db, identity),
    operators: () => readCallers(db, [{ column: 'role', op: '=', value: 'operator' }]),
    callersGranted: (tenantId) => callersGranted(db, tenantId),
    saveCaller: writing((caller) => saveCaller(db, caller)),
    removeCaller: writing((caller) => removeCaller(db, caller, revision)),
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
    saveObservation: writing(async (observation) => {
      const row = fromObservation(observation)
      const key = ['tenant_uid', 'application_uid', 'resource'] as const
      await db
        .insertInto('observation')
        .values(row)
        .onConflict((conflict) => conflict.columns([...key]).doUpdateSet(row))
        .execute()
    }),
    async addVisit(visit, at) {
      const isKept = await addVisit(db, visit, at)
      hasWritten ||= isKept
      return isKept
    },
    recordChange: writing(async (actor, change) => {
      changes += 1
      const at = new Date(clock.now()).toISOString()
      await recordChange(db, { revision, position: changes, at }, actor, change)
    }),
  }
}

async function raise(db: Transaction<Database>, counter: 'revision' | 'next_epoch'): Promise<number> {
  const row = await db
    .updateTable('registry_meta')
    .set({ [counter]: sql<number>`${sql.ref(counter)} + 1` })
    .returning(['revision', 'next_epoch'])
    .executeTakeFirstOrThrow()
  return row[counter]
}

async function tenantsOf(db: Transaction<Database>, applicationUid: string): Promise<string[]> {
  const rows = await db
    .selectFrom('tenant_application')
    .innerJoin('tenant', 'tenant.uid', 'tenant_application.tenant_uid')
    .select('tenant.id')
    .where('tenant_application.application_uid', '=', applicationUid)
    .orderBy('tenant.id')
    .execute()
  return rows.map(({ id }) => id)
}

async function callerWithIdentity(
  db: Transaction<Database>,
  { issuer, subject }: CallerIdentity,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('caller_identity')
    .innerJoin('caller', 'caller.uid', 'caller_identity.caller_uid')
    .select('caller.id')
    .where('caller_identity.issuer', '=', issuer)
    .where('caller_identity.subject', '=', subject)
    .executeTakeFirst()
  return row?.id
}

async function callersGranted(db: Transaction<Database>, tenantId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('grant_tenant')
    .innerJoin('caller', 'caller.uid', 'grant_tenant.caller_uid')
    .select('caller.id')
    .distinct()
    .where('grant_tenant.tenant_id', '=', tenantId)
    .orderBy('caller.id')
    .execute()
  return rows.map(({ id }) => id)
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
