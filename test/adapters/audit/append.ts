import type { FileAuditSink } from '../../../src/adapters/audit/file-sink.ts'

type Kept = Parameters<Parameters<FileAuditSink['append']>[1]>[0]

/** What becomes of a line. */
export function append(sink: FileAuditSink, line: string): Promise<Kept> {
  return new Promise((settle) => sink.append(line, settle))
}
