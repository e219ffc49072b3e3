import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../sandbox/loopback.ts'

/** A database of its own on the given server; `options` are those of `create database`. */
export async function createDatabase(server: string, options = '') {
  const name = `registry_${randomUUID().replaceAll('-', '')}`
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await run(`create database ${name} ${options}`)
  const database = new URL(server)
  database.pathname = name
  return { database: database.href, drop: () => run(`drop database ${name} with (force)`) }
}

/** The folder with `initdb` and `postgres`; tests that take their server down need one of their own. */
export const postgresBinaries = process.env['TEST_POSTGRES_BIN']
export const withoutPostgres = postgresBinaries === undefined && 'TEST_POSTGRES_BIN names no binaries'

export interface Postgres {
  /** Of the database `postgres`, as a superuser. */
  readonly url: string
  /** Settles once it takes connections. */
  start(): Promise<void>
  /** As an administrator does it: what runs is rolled back, clients are told. */
  stop(): Promise<void>
  /** As a power cut does it; settles once no process of it is left. */
  kill(): Promise<void>
  /** Stops all its processes where they are: connections stay open and nothing answers. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** A cluster of its own, started. PostgreSQL refuses to run as root, so there it runs as the user `postgres`. */
export async function startPostgres(): Promise<Postgres> {
  const binaries = String(postgresBinaries)
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, env: { LC_ALL: 'C' }, ...user }
  const made = [
    '--pgdata',
    data,
    '--username',
    'broker',
    '--auth',
    'trust',
    '--encoding',
    'UTF8',
    '--no-sync',
  ]
  execFileSync(join(binaries, 'initdb'), made, { ...options, stdio: 'ignore' })

  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=']
  const command = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  let server: ChildProcess | undefined

  /** The parent stands still meanwhile, so that it can neither make another child nor tidy up after one. */
  function signal(name: NodeJS.Signals): readonly number[] {
    if (server?.pid === undefined) return []
    server.kill('SIGSTOP')
    const processes = [...childrenOf(server.pid), server.pid]
    for (const id of processes) send(id, name)
    return processes
  }

  async function end(how: () => void): Promise<void> {
    if (server === undefined) return
    const ended = once(server, 'exit')
    how()
    await ended
    server = undefined
  }

  const cluster: Postgres = {
    url: `postgres://broker@127.0.0.1:${port}/postgres`,
    async start() {
      const started = spawn(join(binaries, 'postgres'), command, {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      server = started
      await readyForConnections(started)
    },
    stop: () => end(() => server?.kill('SIGINT')),
    async kill() {
      let killed: readonly number[] = []
      await end(() => {
        killed = signal('SIGKILL')
      })
      while (killed.some(isRunning)) await delay(5)
    },
    freeze() {
      signal('SIGSTOP')
    },
    thaw() {
      signal('SIGCONT')
    },
    async close() {
      await cluster.kill()
      rmSync(folder, { recursive: true })
    },
  }
  await cluster.start()
  return cluster
}

async function readyForConnections(server: ChildProcess): Promise<void> {
  const log: string[] = []
  if (server.stderr === null) throw new Error('PostgreSQL has no log')
  for await (const line of createInterface(server.stderr)) {
    log.push(line)
    if (!line.includes('ready to accept connections')) continue
    server.stderr.resume()
    return
  }
  throw new Error(`PostgreSQL does not start:\n${log.join('\n')}`)
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }))
}

/** Workers come and go by themselves. */
function send(id: number, name: NodeJS.Signals): void {
  try {
    process.kill(id, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function processes(...columns: readonly string[]): string[][] {
  const listed = execFileSync('ps', ['-A', ...columns.flatMap((column) => ['-o', `${column}=`])], {
    encoding: 'utf8',
  })
  return listed.split('\n').map((line) => line.trim().split(/\s+/))
}

function childrenOf(id: number): number[] {
  return processes('pid', 'ppid')
    .filter(([, parent]) => Number(parent) === id)
    .map(([child]) => Number(child))
}

/** One that has ended and that nobody has asked about is listed as a zombie. */
function isRunning(id: number): boolean {
  return processes('pid', 'stat').some(
    ([pid, state]) => Number(pid) === id && state?.startsWith('Z') === false,
  )
}
