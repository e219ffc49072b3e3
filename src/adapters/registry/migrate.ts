import type { Kysely } from 'kysely'
import { type MigrationProvider, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import * as first from './migrations/0001-first.ts'

const provider: MigrationProvider = {
  async getMigrations() {
    return { '0001-first': first }
  },
}

/**
 * Brings the schema up to this release, under Kysely's migration lock. Migrations only ever add, so that a
 * replica of the release before goes on working. A schema newer than this release is refused: it throws.
 */
export async function migrateToLatest(db: Kysely<Database>): Promise<void> {
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) {
    throw new Error('The registry could not be brought to the schema of this release.', { cause: error })
  }
}
