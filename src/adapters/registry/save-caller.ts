import type { Transaction } from 'kysely'
import type { Caller } from '../../domain/caller.ts'
import type { Database } from './database.ts'
import { fromCaller } from './rows.ts'
import { buryRecord, insertAll } from './save.ts'

export async function saveCaller(db: Transaction<Database>, caller: Caller): Promise<void> {
  const row = fromCaller(caller)
  const { uid } = caller
  await db
    .insertInto('caller')
    .values(row)
    .onConflict((conflict) => conflict.column('uid').doUpdateSet(row))
    .execute()
  await removeParts(db, uid)
  await insertAll(
    db,
    'caller_key',
    caller.keys.map((key) => ({
      id: key.id,
      caller_uid: uid,
      sha256: key.sha256,
      expires_at: key.expiresAt ?? null,
      created_at: key.createdAt,
    })),
  )
  await insertAll(
    db,
    'caller_identity',
    caller.identities.map(({ issuer, subject }) => ({ issuer, subject, caller_uid: uid })),
  )
  await insertGrants(db, caller)
}

async function insertGrants(db: Transaction<Database>, { uid, grants }: Caller): Promise<void> {
  const at = (position: number) => ({ caller_uid: uid, position })
  await insertAll(
    db,
    'grant_rule',
    grants.map(({ tenants, excess }, position) => ({
      ...at(position),
      tenants: JSON.stringify(tenants),
      excess,
    })),
  )
  await insertAll(
    db,
    'grant_permission',
    grants.flatMap(({ permissions }, position) =>
      permissions.map(({ resource, value }) => ({ ...at(position), resource, value })),
    ),
  )
  await insertAll(
    db,
    'grant_tenant',
    grants.flatMap(({ tenants }, position) =>
      tenants.kind === 'ids' ? tenants.ids.map((id) => ({ ...at(position), tenant_id: id })) : [],
    ),
  )
}

export async function removeCaller(
  db: Transaction<Database>,
  { uid, id }: Caller,
  revision: number,
): Promise<void> {
  await removeParts(db, uid)
  await db.deleteFrom('caller').where('uid', '=', uid).execute()
  await buryRecord(db, { kind: 'caller', uid, id, revision })
}

/** Children first, as the foreign keys want it. */
async function removeParts(db: Transaction<Database>, uid: string): Promise<void> {
  const tables = ['caller_key', 'caller_identity', 'grant_permission', 'grant_tenant', 'grant_rule'] as const
  for (const table of tables) {
    await db.deleteFrom(table).where('caller_uid', '=', uid).execute()
  }
}
