import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort, listens } from '../sandbox/loopback.ts'

/** Replicas with a secret of their own are alone there; tests that harm their server start one. */
export const redisUrl = process.env['TEST_REDIS_URL'] ?? ''
export const withoutRedis = redisUrl === '' && 'TEST_REDIS_URL names no server'

/** Milliseconds. */
const longestStart = 10_000

export interface RedisServer {
  readonly port: number
  /** Of a server without TLS. */
  readonly url: string
  /** Again, after it was killed. */
  start(): Promise<void>
  kill(): Promise<void>
  /** Connections stay open and nothing answers. */
  freeze(): void
  thaw(): void
}

/**
 * A redis-server of its own that keeps nothing on disk, until the test ends. `more`: options as
 * in redis.conf; `file`: where a sentinel keeps its own.
 */
export async function startRedis(
  t: Test,
  more: readonly string[] = [],
  port?: number,
  file?: string,
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  const own = port ?? (await freePort())
  const kept = file === undefined ? ['--save', '', '--appendonly', 'no'] : []
  const options = [
    ...(file === undefined ? [] : [file]),
    '--port',
    `${own}`,
    '--bind',
    '127.0.0.1',
    ...kept,
    ...more,
  ]
  let server: ChildProcess | undefined
  const running: RedisServer = {
    port: own,
    url: `redis://127.0.0.1:${own}`,
    async start() {
      const started = spawn('redis-server', options, { cwd: folder, stdio: 'ignore' })
      server = started
      const deadline = performance.now() + longestStart
      while (!(await listens(more.includes('--tls-port') ? tlsPort(more) : own))) {
        if (started.exitCode !== null || performance.now() > deadline)
          throw new Error('Redis does not start.')
        await delay(5)
      }
    },
    async kill() {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
    },
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
  }
  await running.start()
  t.teardown(async () => {
    await running.kill()
    rmSync(folder, { recursive: true })
  })
  return running
}

function tlsPort(options: readonly string[]): number {
  return Number(options[options.indexOf('--tls-port') + 1])
}
