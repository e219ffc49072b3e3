import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import type { AuditSink } from '../../broker/ports.ts'
import type { AuditFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'

const newline = 0x0a
const unavailable: AuditFailure = { code: 'audit_unavailable', retryAfterSeconds: 5 }

export interface FileAuditSink extends AuditSink {
  close(): void
}

/**
 * Writes audit lines to a file, or to standard output. The lines of one turn of the event loop go out in one
 * write, and only then do their replies: one write a turn costs far less than one a request, and what the
 * operating system has survives the death of this process. A failed write fails every line of its group. What it
 * left of a line, or what a crash did, is ended before the next line, which is then a line of its own.
 */
export function openAuditFile(path: string | undefined, onError: (error: unknown) => void): FileAuditSink {
  let torn = path !== undefined && endsTorn(path)
  const descriptor = path === undefined ? 1 : openSync(path, 'a', 0o600)
  let lines: string[] = []
  let waiting: ((result: Result<void, AuditFailure>) => void)[] = []

  function flush(): void {
    // Closing may have written what this turn had.
    if (lines.length === 0) return
    const [text, settle] = [`${lines.join('\n')}\n`, waiting]
    lines = []
    waiting = []
    const result = write(text)
    for (const done of settle) done(result)
  }

  function write(text: string): Result<void, AuditFailure> {
    const bytes = Buffer.from(torn ? `\n${text}` : text)
    let offset = 0
    try {
      // A pipe may take less than it was given, and so does a disk that is nearly full.
      while (offset < bytes.length) offset += writeSync(descriptor, bytes, offset)
      torn = false
      return ok(undefined)
    } catch (error) {
      if (offset > 0) torn = bytes[offset - 1] !== newline
      onError(error)
      return fail(unavailable)
    }
  }

  return {
    append(line) {
      if (lines.length === 0) setImmediate(flush)
      lines.push(line)
      return new Promise((resolve) => waiting.push(resolve))
    },
    close() {
      flush()
      if (path !== undefined) closeSync(descriptor)
    },
  }
}

/** Whether a file ends in the middle of a line. */
function endsTorn(path: string): boolean {
  const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 }
  if (size === 0) return false
  const descriptor = openSync(path, 'r')
  try {
    const last = Buffer.alloc(1)
    return readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== newline
  } finally {
    closeSync(descriptor)
  }
}
