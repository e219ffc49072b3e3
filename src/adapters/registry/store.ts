import type { Kysely } from 'kysely'
import type { Clock, RegistryStore } from '../../broker/ports.ts'
import type { Failure } from '../../domain/failure.ts'
import { fail } from '../../domain/result.ts'
import type { Database } from './database.ts'
import { migrateToLatest } from './migrate.ts'
import { readChanges, readRevision } from './read.ts'
import { beginTransaction } from './transaction.ts'

/** Carries an expected failure through Kysely, which rolls back on whatever is thrown and on nothing else. */
class Rollback extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super('rolled back')
    this.failure = failure
  }
}

/** A database with what the store must know of its kind. */
export interface OpenDatabase {
  readonly db: Kysely<Database>
  /** Whether this error means that the database cannot be used now, and not that the broker is at fault. */
  readonly isUnavailable: (error: unknown) => boolean
  /** Under which a batch of changes is read as of one moment; undefined where every transaction does so anyway. */
  readonly readIsolation?: 'repeatable read'
}

/** The registry over one database whose schema is brought up to date first. */
export async function openRegistryStore(database: OpenDatabase, clock: Clock): Promise<RegistryStore> {
  const { db, isUnavailable, readIsolation } = database
  await migrateToLatest(db)
  return {
    revision: () => readRevision(db),
    changesSince(revision) {
      const transaction = db.transaction()
      const reading = readIsolation === undefined ? transaction : transaction.setIsolationLevel(readIsolation)
      return reading.execute((snapshot) => readChanges(snapshot, revision))
    },
    async commit(work) {
      try {
        return await db.transaction().execute(async (transaction) => {
          const result = await work(await beginTransaction(transaction, clock))
          if (!result.ok) throw new Rollback(result.failure)
          return result
        })
      } catch (error) {
        if (error instanceof Rollback) return fail(error.failure)
        if (isUnavailable(error)) return fail({ code: 'registry_unavailable', retryAfterSeconds: 5 })
        throw error
      }
    },
    close: () => db.destroy(),
  }
}
