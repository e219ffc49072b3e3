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

/** The registry over one database whose schema is brought up to date first. */
export async function openRegistryStore(db: Kysely<Database>, clock: Clock): Promise<RegistryStore> {
  await migrateToLatest(db)
  return {
    revision: () => readRevision(db),
    changesSince: (revision) => db.transaction().execute((transaction) => readChanges(transaction, revision)),
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

/** SQLite's result codes for a database that cannot be used now: busy, locked, out of space, not to be opened. */
const unavailableCodes: ReadonlySet<unknown> = new Set([5, 6, 10, 13, 14])

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false
  return unavailableCodes.has(error.errcode & 0xff)
}
