import { spawnSync } from 'node:child_process'
import { constants, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

export function makeFifo(t: Test): string {
  const path = join(t.testdir({}), 'audit.fifo')
  if (spawnSync('mkfifo', [path]).status !== 0) throw new Error('mkfifo fails')
  return path
}

/** Opens without waiting for a writer, and reads nothing by itself. */
export function openReader(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
}

/** What waits in the pipe; it may be empty, and may have lost its writer. */
export function drain(descriptor: number): string {
  const chunk = Buffer.alloc(65_536)
  let text = ''
  try {
    for (let size = -1; size !== 0; text += chunk.toString('utf8', 0, size))
      size = readSync(descriptor, chunk)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
  }
  return text
}
