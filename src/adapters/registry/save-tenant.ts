import { sql, type Transaction } from 'kysely'
import type { Tenant } from '../../domain/tenant.ts'
import type { Database } from './database.ts'
import { fromTenant } from './rows.ts'
import { buryRecord } from './save.ts'

export async function saveTenant(db: Transaction<Database>, tenant: Tenant): Promise<void> {
  const row = fromTenant(tenant)
  await db
    .insertInto('tenant')
    .values(row)
    .onConflict((conflict) => conflict.column('uid').doUpdateSet(row))
    .execute()
  await db.deleteFrom('tenant_application').where('tenant_uid', '=', tenant.uid).execute()
  const { uid } = tenant
  for (const id of tenant.applications) {
    const application = db
      .selectFrom('application')
      .select([sql.val(uid).as('tenant_uid'), 'uid'])
      .where('id', '=', id)
    await db
      .insertInto('tenant_application')
      .columns(['tenant_uid', 'application_uid'])
      .expression(application)
      .execute()
  }
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
