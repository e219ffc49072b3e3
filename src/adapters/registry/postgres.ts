import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database } from './database.ts'
import type { OpenDatabase } from './store.ts'

/** Milliseconds. An operator waits a little; nobody on the hot path waits at all. */
const connectTimeout = 2_000
const statementTimeout = 1_000
/** For a server that is not there to end its statement itself. */
const replyTimeout = 1_250
const connections = 10
/** For one of them to become free. */
const poolWait = 500

/** PostgreSQL's 64-bit integers, which `pg` reads as text: revisions and epochs stay far below 2^53. */
const int8 = 20

/** Connects lazily; a server that is away shows in the first call, and is found again by itself. */
export function openPostgres(url: string, onError: (error: unknown) => void): OpenDatabase {
  const types = new pg.TypeOverrides()
  types.setTypeParser(int8, Number)
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectTimeout,
    statement_timeout: statementTimeout,
    query_timeout: replyTimeout,
    application_name: 'graph-token-broker',
    types,
  })
  // An idle connection that the server drops is replaced by the next call; unheard, its error would end the process.
  pool.on('error', onError)
  // While a connection is in use the pool does not listen; there its query fails too, and whoever asked is told.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    db: new Kysely<Database>({
      dialect: new PostgresDialect({
        pool: { options: pool.options, connect: () => connectSoon(pool), end: () => pool.end() },
      }),
    }),
    isUnavailable,
    isLost,
    readIsolation: 'repeatable read',
  }
}

/** The pool has one time-out for a free connection and a new one, and that for a new one is too long to wait in line. */
async function connectSoon(pool: pg.Pool): Promise<pg.PoolClient> {
  const isFull = pool.idleCount === 0 && pool.totalCount >= connections
  const connecting = pool.connect()
  if (!isFull) return connecting
  let isLate = false
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true
      reject(new Error('timeout exceeded when waiting for a free connection'))
    }, poolWait)
  })
  // Whoever gave up gives back what comes after all.
  connecting.then((client) => isLate && client.release()).catch(() => undefined)
  return Promise.race([connecting, late]).finally(() => clearTimeout(timer))
}

/**
 * Errors of a server that cannot be used now (PostgreSQL, "Error Codes"): connection exceptions, insufficient
 * resources, operator intervention such as shutdown and statement time-outs, and what the socket says itself.
 */
const unavailableClasses = ['08', '53', '57', '58']
const socketErrors = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]

/** Errors of the driver's own. The second is what a rollback says on a connection that was lost before it. */
const lostConnection =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when |Query read timeout)/

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  if (lostConnection.test(error.message)) return true
  if (!('code' in error) || typeof error.code !== 'string') return false
  const { code } = error
  return (
    socketErrors.includes(code) ||
    unavailableClasses.some((prefix) => code.length === 5 && code.startsWith(prefix))
  )
}

/** The connection was there and broke: reset, closed by a proxy, or ended by an administrator or a fail-over. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (
    /^(Connection terminated( unexpectedly)?|Client has encountered a connection error.*)$/.test(
      error.message,
    )
  ) {
    return true
  }
  const code = 'code' in error ? error.code : undefined
  return code === 'ECONNRESET' || code === 'EPIPE' || code === '57P01' || code === '57P02'
}
