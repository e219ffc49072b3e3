import { closeSync, openSync, writeSync } from 'node:fs'
import type { AuditSink } from '../../broker/ports.ts'
import type { AuditFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'

const unavailable: AuditFailure = { code: 'audit_unavailable', retryAfterSeconds: 5 }

export interface FileAuditSink extends AuditSink {
  close(): void
}

/**
 * Writes audit lines to a file, or to standard output. The lines of one turn of the event loop go out in one
 * write, and only then do their replies: one write a turn costs far less than one a request, and what the
 * operating system has survives the death of this process. A failed write fails every line of its group.
 */
export function openAuditFile(path: string | undefined, onError: (error: unknown) => void): FileAuditSink {
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
    for (const done of settle) tell(done, result)
  }

  /** One answer that fails must not keep the others of its group from theirs. */
  function tell(
    done: (result: Result<void, AuditFailure>) => void,
    result: Result<void, AuditFailure>,
  ): void {
    try {
      done(result)
    } catch (error) {
      onError(error)
    }
  }

  function write(text: string): Result<void, AuditFailure> {
    try {
      writeAll(descriptor, Buffer.from(text))
      return ok(undefined)
    } catch (error) {
      onError(error)
      return fail(unavailable)
    }
  }

  return {
    append(line, settle) {
      if (lines.length === 0) setImmediate(flush)
      lines.push(line)
      waiting.push(settle)
    },
    close() {
      flush()
      if (path !== undefined) closeSync(descriptor)
    },
  }
}

/** A pipe may take less than it was given. */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset)
}
