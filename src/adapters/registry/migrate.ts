import { type Kysely, sql } from 'kysely'
import { type MigrationProvider, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import * as first from './migrations/0001-first.ts'

const migrations = { '0001-first': first }
const provider: MigrationProvider = {
  async getMigrations() {
    return migrations
  },
}

/**
 * Brings the schema up to this release, under Kysely's migration lock. Migrations only ever add, so that a
 * replica of the release before goes on working. A schema newer than this release is refused: it throws.
 */
export async function migrateToLatest(db: Kysely<Database>): Promise<void> {
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error === undefined) return
  const unknown = await unknownMigrations(db).catch(() => [])
  if (unknown.length > 0) {
    throw new Error(
      `The registry is newer than this release: it has ${unknown.join(', ')}, which the schema of this release ` +
        'does not know. It was left as it is. Start the release that made it, or a later one.',
    )
  }
  throw new Error('The registry could not be brought to the schema of this release.', { cause: error })
}

async function unknownMigrations(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name))
}

/** Refuses a database that lacks a table or a column of `model`, because somebody changed it by hand: it throws. */
export async function checkSchema(db: Kysely<Database>, model: Kysely<Database>): Promise<void> {
  const [found, expected] = await Promise.all([columnsOf(db), columnsOf(model)])
  const missing = [...expected].filter((column) => !found.has(column))
  if (missing.length === 0) return
  throw new Error(
    `The registry lacks ${missing.slice(0, mostNamed).join(', ')}${missing.length > mostNamed ? ' and more' : ''}: ` +
      'somebody changed its tables. Restore a backup, or put them back.',
  )
}

const mostNamed = 5

/** As `table.column`. A later release may have added more. */
async function columnsOf(db: Kysely<Database>): Promise<ReadonlySet<string>> {
  const tables = await db.introspection.getTables()
  return new Set(tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)))
}
