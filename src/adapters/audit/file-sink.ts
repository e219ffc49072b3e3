import type { AuditSink } from '../../broker/ports.ts'
import type { AuditFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { openOutput } from './line-output.ts'

const unavailable: AuditFailure = { code: 'audit_unavailable', retryAfterSeconds: 5 }

/** Milliseconds that a line waits for the output to take it. */
const longestWait = 500

export interface FileAuditSink extends AuditSink {
  close(): void
}

export interface AuditReport {
  /** The output takes no lines: told once, until it takes them again. */
  onError(error: unknown): void
  onRecovery(): void
}

type Settle = (result: Result<void, AuditFailure>) => void

/**
 * Writes audit lines to a file, or to standard output. The lines of one turn of the event loop go out in one
 * write, and only then do their replies: one write a turn costs far less than one a request, and what the
 * operating system has survives the death of this process. A failed write fails every line of its group.
 *
 * Where the output cannot take them at once, the lines that come meanwhile make up the next group. If it has not
 * taken them within `longestWait`, all are refused, and so is every line until it has. Those that it had begun to
 * take may still appear: a line may tell of a token that nobody got, and no token is without its line.
 */
export function openAuditFile(path: string | undefined, report: AuditReport): FileAuditSink {
  const output = openOutput(path)
  /** One text, for a list of lines would be joined before it is written, and copied once more. */
  let lines = ''
  let waiting: Settle[] = []
  /** Those whose lines are being written. */
  let written: Settle[] = []
  let state: 'idle' | 'writing' | 'stalled' = 'idle'
  let failing = false
  /** When the first of `lines` came, in monotonic milliseconds; only where a write was under way. */
  let waitingSince: number | undefined
  let deadline: NodeJS.Timeout | undefined

  function flush(): void {
    // Closing may have written what this turn had.
    if (lines === '' || state !== 'idle') return
    const text = lines
    const patience = longestWait - (waitingSince === undefined ? 0 : performance.now() - waitingSince)
    written = waiting
    lines = ''
    waiting = []
    waitingSince = undefined
    state = 'writing'
    output.write(text, finish)
    if (isWriting()) deadline = setTimeout(giveUp, patience)
  }

  /** Asked anew, since the output may be done within the call. */
  const isWriting = () => state === 'writing'

  function finish(error?: unknown): void {
    clearTimeout(deadline)
    state = 'idle'
    tell(error)
    settle(error === undefined ? ok(undefined) : fail(unavailable))
    if (lines !== '') setImmediate(flush)
  }

  function giveUp(): void {
    state = 'stalled'
    tell(new Error(`no line was taken within ${longestWait} ms`))
    written.push(...waiting)
    lines = ''
    waiting = []
    settle(fail(unavailable))
  }

  function settle(result: Result<void, AuditFailure>): void {
    const group = written
    written = []
    for (const done of group) answer(done, result)
  }

  /** One answer that fails must not keep the others of its group from theirs. */
  function answer(done: Settle, result: Result<void, AuditFailure>): void {
    try {
      done(result)
    } catch (error) {
      report.onError(error)
    }
  }

  function tell(error: unknown): void {
    const wasFailing = failing
    failing = error !== undefined
    if (failing && !wasFailing) report.onError(error)
    if (wasFailing && !failing) report.onRecovery()
  }

  return {
    append(line, settle) {
      if (state === 'stalled') return void setImmediate(settle, fail(unavailable))
      if (lines === '') {
        if (state === 'idle') setImmediate(flush)
        else waitingSince = performance.now()
      }
      lines += `${line}\n`
      waiting.push(settle)
    },
    close() {
      flush()
      clearTimeout(deadline)
      output.close()
    },
  }
}
