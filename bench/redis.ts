import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, listens } from '../sandbox/loopback.ts'
import { pinned } from './child.ts'

const program = 'redis-server'
/** Milliseconds. */
const longestStart = 10_000

export interface Redis {
  readonly url: string
  kill(): Promise<void>
}

/** A server that keeps nothing on disk; undefined where none is installed. */
export async function startRedis(folder: string, core: number | undefined): Promise<Redis | undefined> {
  if (spawnSync(program, ['--version']).status !== 0) return undefined
  const port = await freePort()
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const [command = program, ...args] = pinned(core, [program, ...options])
  const server = spawn(command, args, { cwd: folder, stdio: 'ignore' })
  const ended = once(server, 'exit')
  const deadline = performance.now() + longestStart
  while (!(await listens(port))) {
    if (server.exitCode !== null || performance.now() > deadline) throw new Error('Redis does not start.')
    await delay(5)
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      server.kill('SIGKILL')
      await ended
    },
  }
}
