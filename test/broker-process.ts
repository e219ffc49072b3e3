import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { Agent } from 'undici'
import { type ApiClient, createApiClient, expectSuccess, text } from '../sandbox/api-client.ts'
import { freePort } from '../sandbox/loopback.ts'
import { generateApiKey } from '../src/broker/api-key.ts'
import { systemRandom } from '../src/compose/platform.ts'

const server = fileURLToPath(new URL('../src/server.ts', import.meta.url))
/** Milliseconds after which a start is given up. */
const deadline = 60_000

/** Where a broker lives whatever becomes of its process: an address, files, and clients that outlast restarts. */
export interface BrokerHome {
  readonly folder: string
  readonly origin: string
  /** Has the bootstrap key, so it works until an operator can sign in. */
  readonly bootstrap: ApiClient
  client(key: string): ApiClient
  /** What the process has logged. */
  log(): string
  /** Runs `src/server.ts` and waits for `/readyz`. */
  start(): Promise<BrokerProcess>
}

export interface BrokerProcess {
  readonly process: ChildProcess
  /** From the start of the process until it was ready. */
  readonly milliseconds: number
  /** kill -9; settles once it is gone. */
  kill(): Promise<void>
}

/** A home for the real process; the process that it has when the test ends is ended too. */
export async function brokerHome(t: Test, environment: Record<string, string> = {}): Promise<BrokerHome> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-'))
  const origin = `http://127.0.0.1:${await freePort()}`
  const key = generateApiKey(systemRandom).text
  const [secretFile, keyFile, logFile] = ['secret', 'key', 'log'].map((name) => join(folder, name))
  writeFileSync(String(secretFile), randomBytes(48).toString('base64'), { mode: 0o600 })
  writeFileSync(String(keyFile), key, { mode: 0o600 })
  const log = openSync(String(logFile), 'a')
  const env = {
    LISTEN: origin.slice('http://'.length),
    PUBLIC_URL: origin,
    KEY_VAULT_URL: 'https://kill-test.vault.azure.net',
    SQLITE_PATH: join(folder, 'registry.sqlite'),
    BROKER_SECRET_FILE: String(secretFile),
    BOOTSTRAP_OPERATOR_KEY_FILE: String(keyFile),
    AUDIT_FILE: join(folder, 'audit.log'),
    LOG_LEVEL: 'error',
    ...environment,
  }
  const dispatcher = new Agent()
  const anonymous = createApiClient({ origin, dispatcher })
  let running: ChildProcess | undefined

  async function kill(): Promise<void> {
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }

  t.teardown(async () => {
    await kill()
    if (!t.passing()) t.comment(readLog())
    await dispatcher.destroy()
    rmSync(folder, { recursive: true })
  })
  const readLog = () => readFileSync(String(logFile), 'utf8')
  return {
    folder,
    origin,
    bootstrap: createApiClient({ origin, key, dispatcher }),
    client: (other) => createApiClient({ origin, key: other, dispatcher }),
    log: readLog,
    async start() {
      const startedAt = performance.now()
      const process_ = spawn(process.execPath, [server], { env, stdio: ['ignore', log, log] })
      running = process_
      while ((await statusOf(anonymous)) !== 200) {
        if (process_.exitCode !== null || process_.signalCode !== null)
          throw new Error(`The broker ended:\n${readLog()}`)
        if (performance.now() - startedAt > deadline)
          throw new Error(`The broker is not ready:\n${readLog()}`)
        await delay(10)
      }
      return { process: process_, milliseconds: Math.round(performance.now() - startedAt), kill }
    },
  }
}

async function statusOf(anonymous: ApiClient): Promise<number | undefined> {
  return anonymous('GET', '/readyz').then(
    ({ status }) => status,
    () => undefined,
  )
}

/** A caller with a key, through the API. */
export async function createCaller(api: ApiClient, id: string, role: string, grants: object[] = []) {
  await expectSuccess(api('POST', '/callers', { id, role, grants }))
  return text(await expectSuccess(api('POST', `/callers/${id}/keys`, {})), 'key')
}
