import type { Transaction } from 'kysely'
import type { Tenant } from '../../domain/tenant.ts'
import type { Database } from './database.ts'
import { fromTenant } from './rows.ts'
import { buryRecord, insertAll } from './save.ts'

export async function saveTenant(db: Transaction<Database>, tenant: Tenant): Promise<void> {
  const row = fromTenant(tenant)
  await db
    .insertInto('tenant')
    .values(row)
    .onConflict((conflict) => conflict.column('uid').doUpdateSet(row))
    .execute()
  await db.deleteFrom('tenant_application').where('tenant_uid', '=', tenant.uid).execute()
  const applications = await db
    .selectFrom('application')
    .select('uid')
    .where('id', 'in', [...tenant.applications])
    .execute()
  await insertAll(
    db,
    'tenant_application',
    applications.map(({ uid }) => ({ tenant_uid: tenant.uid, application_uid: uid })),
  )
}

export async function removeTenant(
  db: Transaction<Database>,
  { uid, id }: Tenant,
  revision: number,
): Promise<void> {
  for (const table of ['tenant_application', 'observation', 'consent_state'] as const) {
    await db.deleteFrom(table).where('tenant_uid', '=', uid).execute()
  }
  await db.deleteFrom('tenant').where('uid', '=', uid).execute()
  await buryRecord(db, { kind: 'tenant', uid, id, revision })
}
