import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Clock, RegistryStore } from '../../broker/ports.ts'
import type { Failure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { endVisit } from './consent-visits.ts'
import type { Database } from './database.ts'
import { checkSchema, migrateToLatest } from './migrate.ts'
import { readChanges, readRevision } from './read.ts'
import { readRecordedChanges } from './read-changes.ts'
import { openSqlite } from './sqlite.ts'
import { beginTransaction } from './transaction.ts'

/** Carries a result through Kysely, which rolls back on whatever is thrown and on nothing else. */
class Rollback<T> extends Error {
  readonly result: Result<T, Failure>
  constructor(result: Result<T, Failure>) {
    super('rolled back')
    this.result = result
  }
}

/** Milliseconds. What ends one connection ends all that the pool holds, and it hears of each by itself. */
const lossPause = 50

const unavailable: Failure = { code: 'registry_unavailable', retryAfterSeconds: 5 }

/** A database with what the store must know of its kind. */
export interface OpenDatabase {
  readonly db: Kysely<Database>
  /** Whether this error means that the database cannot be used now, and not that the broker is at fault. */
  readonly isUnavailable: (error: unknown) => boolean
  /**
   * Whether this error means that the connection broke under what was asked, so that a new one may do. Reading is
   * then tried once more; writing never is, since nobody knows whether it was done.
   */
  readonly isLost?: (error: unknown) => boolean
  /** Under which a batch of changes is read as of one moment; undefined where every transaction does so anyway. */
  readonly readIsolation?: 'repeatable read'
}

/** The registry over one database whose schema is brought up to date first. */
export async function openRegistryStore(database: OpenDatabase, clock: Clock): Promise<RegistryStore> {
  const { db, isUnavailable, isLost = () => false, readIsolation } = database
  await prepareSchema(db)

  async function attempt<T>(call: () => Promise<T>): Promise<Result<T, Failure>> {
    try {
      return ok(await call())
    } catch (error) {
      if (isUnavailable(error)) return fail(unavailable)
      throw error
    }
  }

  async function reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!isLost(error)) throw error
      await delay(lossPause)
      return read()
    }
  }

  return {
    revision: () => reading(() => readRevision(db)),
    changesSince: (revision) =>
      reading(() => {
        const begin = db.transaction()
        const transaction = readIsolation === undefined ? begin : begin.setIsolationLevel(readIsolation)
        return transaction.execute((snapshot) => readChanges(snapshot, revision))
      }),
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
    changes: (query) => attempt(() => reading(() => readRecordedChanges(db, query))),
    endVisit: (visit, now) => attempt(() => endVisit(db, visit, now)),
    close: () => db.destroy(),
  }
}

/** Brought up to date, and compared with what the same migrations make of an empty database. */
async function prepareSchema(db: Kysely<Database>): Promise<void> {
  await migrateToLatest(db)
  const model = openSqlite(':memory:').db
  try {
    await migrateToLatest(model)
    await checkSchema(db, model)
  } finally {
    await model.destroy()
  }
}
