import type { Kysely } from 'kysely'
import type { Clock, RegistryStore } from '../../broker/ports.ts'
import type { Failure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { endVisit } from './consent-visits.ts'
import type { Database } from './database.ts'
import { migrateToLatest } from './migrate.ts'
import { readChanges, readRevision } from './read.ts'
import { readRecordedChanges } from './read-changes.ts'
import { beginTransaction } from './transaction.ts'

/** Carries a result through Kysely, which rolls back on whatever is thrown and on nothing else. */
class Rollback<T> extends Error {
  readonly result: Result<T, Failure>
  constructor(result: Result<T, Failure>) {
    super('rolled back')
    this.result = result
  }
}

const unavailable: Failure = { code: 'registry_unavailable', retryAfterSeconds: 5 }

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

  async function attempt<T>(call: () => Promise<T>): Promise<Result<T, Failure>> {
    try {
      return ok(await call())
    } catch (error) {
      if (isUnavailable(error)) return fail(unavailable)
      throw error
    }
  }

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
          const open = await beginTransaction(transaction, clock)
          const result = await work(open)
          if (!result.ok || !open.hasWritten) throw new Rollback(result)
          return result
        })
      } catch (error) {
        if (error instanceof Rollback) return error.result
        if (isUnavailable(error)) return fail(unavailable)
        throw error
      }
    },
    changes: (query) => attempt(() => readRecordedChanges(db, query)),
    endVisit: (visit, now) => attempt(() => endVisit(db, visit, now)),
    close: () => db.destroy(),
  }
}
