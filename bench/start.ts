import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { freePort } from '../sandbox/loopback.ts'
import { pinned } from './child.ts'
import { buildImage, imageCommand } from './image.ts'
import type { Options } from './options.ts'
import { readResident } from './process-state.ts'
import { compare, type Row } from './rows.ts'
import { writeSecrets } from './stage.ts'

/** Milliseconds. */
const settling = 1_000
const deadline = 30_000

interface Start {
  readonly milliseconds: number
  /** Undefined where the system does not tell. */
  readonly residentBytes: number | undefined
}

/** What the image runs: from its start until it is ready, and what it occupies when nobody calls. */
export async function benchStart(folder: string, options: Options): Promise<Row[]> {
  options.log('start: compiling the broker …')
  await buildImage(folder)
  options.log('start: starting the broker over and over …')
  const origin = `http://127.0.0.1:${await freePort()}`
  writeSecrets(folder)
  const environment = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    LISTEN: origin.slice('http://'.length),
    PUBLIC_URL: origin,
    KEY_VAULT_URL: 'https://bench.vault.azure.net',
    SQLITE_PATH: join(folder, 'registry.sqlite'),
    AUDIT_FILE: join(folder, 'audit.log'),
    BROKER_SECRET_FILE: join(folder, 'broker-secret'),
    LOG_LEVEL: 'warn',
  }
  const start = () => startOnce(origin, { cwd: folder, env: environment }, options)
  // The first start makes the database and fills the system's file cache.
  await start()
  const starts: Start[] = []
  for (let round = 0; round < options.rounds; round += 1) {
    starts.push(await start())
  }
  const ready = starts.map(({ milliseconds }) => milliseconds)
  const resident = starts.flatMap(({ residentBytes }) => (residentBytes ?? Number.NaN) / 1e6)
  const rows = [compare('start.ready', 'ms', ready), compare('memory.resident_idle', 'MB', resident)]
  return rows.filter(({ value }) => !Number.isNaN(value))
}

async function startOnce(
  origin: string,
  at: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  { cores, duration }: Options,
): Promise<Start> {
  const startedAt = performance.now()
  const [command = '', ...args] = pinned(cores?.server, [process.execPath, ...imageCommand])
  const child = spawn(command, args, { ...at, stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  try {
    while (!(await isReady(origin))) {
      if (child.exitCode !== null) throw new Error('The broker ended while it started.')
      if (performance.now() - startedAt > deadline) throw new Error('The broker did not become ready.')
      await delay(2)
    }
    const milliseconds = performance.now() - startedAt
    await delay(Math.min(settling, duration))
    return { milliseconds, residentBytes: readResident(child.pid) }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${origin}/readyz`, { reset: true })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}
