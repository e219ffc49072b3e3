import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type Type from 'typebox'
import { isA } from './messages.ts'

export interface Child {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined
  /** Sends one message and waits for its answer; one at a time. Rejects if the process ends before. */
  ask<T extends Type.TSchema>(message: object, answer: T): Promise<Type.Static<T>>
  stop(): Promise<void>
}

/** A process of this folder's own `file`, on one core alone where `core` is given. */
export function startChild(file: string, core: number | undefined, flags: readonly string[] = []): Child {
  const [command = process.execPath, ...before] = pinned(core, [process.execPath, ...flags])
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, { execPath: command, execArgv: before })
  return {
    pid: child.pid,
    async ask(message, schema) {
      child.send(message)
      const answer = await nextMessage(child, file)
      if (!isA(schema, answer)) throw new Error(`${file} answered what nobody expects.`)
      return answer
    },
    async stop() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

function nextMessage(child: ChildProcess, file: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`${file} ended before it answered.`))
    child.once('exit', fail)
    child.once('message', (message) => {
      child.off('exit', fail)
      resolve(message)
    })
  })
}

/** A command line that keeps to one core; unchanged where there is none to keep to. */
export function pinned(core: number | undefined, command: readonly string[]): string[] {
  return core === undefined ? [...command] : ['taskset', '-c', String(core), ...command]
}

/** A core for the servers and another for the client; undefined where `taskset` or a second core is missing. */
export function findCores(): { readonly server: number; readonly client: number } | undefined {
  const { status, stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
  if (status !== 0) return undefined
  const list = stdout.slice(stdout.lastIndexOf(':') + 1).trim()
  const [server, client] = list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
  return server === undefined || client === undefined ? undefined : { server, client }
}
