import type { Kysely, Transaction } from 'kysely'
import type { ConsentVisit, EndedVisit } from '../../broker/ports.ts'
import type { Database } from './database.ts'

/** Runs under the registry's lock, so the limit is exact. */
export async function addVisit(
  db: Transaction<Database>,
  visit: ConsentVisit,
  { now, limit }: { readonly now: string; readonly limit: number },
): Promise<boolean> {
  await db.deleteFrom('consent_state').where('expires_at', '<=', now).execute()
  const { kept } = await db
    .selectFrom('consent_state')
    .select((select) => select.fn.countAll().as('kept'))
    .where('tenant_uid', '=', visit.tenantUid)
    .where('application_uid', '=', visit.applicationUid)
    .executeTakeFirstOrThrow()
  if (Number(kept) >= limit) return false
  await db
    .insertInto('consent_state')
    .values({
      state_hash: visit.stateHash,
      tenant_uid: visit.tenantUid,
      application_uid: visit.applicationUid,
      tenant_epoch: visit.tenantEpoch,
      browser_hash: visit.browserHash,
      expires_at: visit.expiresAt,
      used_at: null,
    })
    .execute()
  return true
}

/**
 * Not under the registry's lock: whoever makes states up costs one read. The update alone decides who ended the
 * visit, and it repeats every condition, since what was read before may have changed.
 */
export async function endVisit(
  db: Kysely<Database>,
  { stateHash, browserHash }: Pick<ConsentVisit, 'stateHash' | 'browserHash'>,
  now: string,
): Promise<EndedVisit> {
  const row = await db
    .selectFrom('consent_state')
    .selectAll()
    .where('state_hash', '=', stateHash)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (row === undefined) return { kind: 'unknown' }
  if (row.browser_hash !== browserHash) return { kind: 'other_browser' }
  const ended = await db
    .updateTable('consent_state')
    .set({ used_at: now })
    .where('state_hash', '=', stateHash)
    .where('browser_hash', '=', browserHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('state_hash')
    .executeTakeFirst()
  const claim = {
    tenantUid: row.tenant_uid,
    applicationUid: row.application_uid,
    tenantEpoch: row.tenant_epoch,
  }
  return { kind: ended === undefined ? 'used' : 'ended', claim }
}
