import type { Insertable, Transaction } from 'kysely'
import type { Database } from './database.ts'

/** Rows in one statement; fewer than what either database takes as parameters. */
const batch = 100

export async function insertAll<Table extends keyof Database>(
  db: Transaction<Database>,
  table: Table,
  rows: readonly Insertable<Database[Table]>[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += batch) {
    await db
      .insertInto(table)
      .values(rows.slice(start, start + batch))
      .execute()
  }
}

/** Leaves word of a removal for the replicas that have the record in their snapshots. */
export async function buryRecord(db: Transaction<Database>, tombstone: Insertable<Database['tombstone']>) {
  await db.insertInto('tombstone').values(tombstone).execute()
}
