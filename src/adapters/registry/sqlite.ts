import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import type { Database } from './database.ts'
import type { OpenDatabase } from './store.ts'

/**
 * Opens the registry's file, made if absent. WAL with full sync: what was acknowledged survives kill -9 and
 * power loss. Calls run on the event loop, about 0.2 ms a write (measured), so nothing here is on the hot path.
 */
export function openSqlite(path: string): OpenDatabase {
  if (path !== ':memory:') prepareFile(path)
  const db = new DatabaseSync(path)
  db.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 250;',
  )
  const dialect = new SqliteDialect({ database: asKyselyDatabase(db) })
  return { db: new Kysely<Database>({ dialect }), isUnavailable }
}

/** Nobody else reads it: it says who may have whose mail. SQLite gives the files beside it the same mode. */
function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
}

/** Kysely expects better-sqlite3's shape; Node's own module has no install script and needs no compiler. */
function asKyselyDatabase(db: DatabaseSync): SqliteDatabase {
  return {
    close: () => db.close(),
    prepare(text) {
      const statement = db.prepare(text)
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...sqlValues(parameters)),
        run: (parameters) => statement.run(...sqlValues(parameters)),
        iterate: (parameters) => statement.iterate(...sqlValues(parameters)),
      }
    },
  }
}

function sqlValues(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number') return value
    throw new TypeError(`the registry keeps no ${typeof value}`)
  })
}

/** SQLite's primary result codes for a file that cannot be used now: busy, locked, I/O error, full, not to be opened. */
const unavailableCodes: ReadonlySet<number> = new Set([5, 6, 10, 13, 14])

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false
  return unavailableCodes.has(error.errcode & 0xff)
}
