import type { Transaction } from 'kysely'
import type { Application } from '../../domain/application.ts'
import { fromCredential } from './credential-rows.ts'
import type { Database } from './database.ts'
import { fromApplication } from './rows.ts'
import { buryRecord, insertAll } from './save.ts'

/** The row is updated in place, because tenants refer to it; what belongs to it is written anew. */
export async function saveApplication(db: Transaction<Database>, application: Application): Promise<void> {
  const row = fromApplication(application)
  const { uid } = application
  await db
    .insertInto('application')
    .values(row)
    .onConflict((conflict) => conflict.column('uid').doUpdateSet(row))
    .execute()
  await removeParts(db, uid)
  const permissions = application.permissions.map(({ resource, value }) => ({
    application_uid: uid,
    resource,
    value,
  }))
  await insertAll(db, 'application_permission', permissions)
  await insertAll(
    db,
    'credential',
    application.credentials.map((credential) => fromCredential(uid, credential)),
  )
}

export async function removeApplication(
  db: Transaction<Database>,
  application: Application,
  revision: number,
) {
  const { uid, id } = application
  await removeParts(db, uid)
  await db.deleteFrom('observation').where('application_uid', '=', uid).execute()
  await db.deleteFrom('consent_state').where('application_uid', '=', uid).execute()
  await db.deleteFrom('application').where('uid', '=', uid).execute()
  await buryRecord(db, { kind: 'application', uid, id, revision })
}

async function removeParts(db: Transaction<Database>, uid: string): Promise<void> {
  await db.deleteFrom('application_permission').where('application_uid', '=', uid).execute()
  await db.deleteFrom('credential').where('application_uid', '=', uid).execute()
}
