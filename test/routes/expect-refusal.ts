import type { Test } from 'tap'
import type { ApiReply } from '../../sandbox/api-client.ts'

export type Members = Readonly<Record<string, unknown>>

/** The objects of a JSON list. */
export function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value : []
}

export const etagOf = ({ headers }: ApiReply) => String(headers['etag'])
export const ifMatch = (reply: ApiReply) => ({ 'if-match': etagOf(reply) })

export interface Refusal {
  readonly status: number
  readonly code: string
  /** JSON pointers, each of one of `errors`. */
  readonly pointers?: readonly string[]
  /** What one of `errors` says. */
  readonly reason?: RegExp
  readonly usedBy?: readonly string[]
}

/** A problem detail of this kind that says at least this much. */
export function expectRefusal(t: Test, { status, headers, body }: ApiReply, expected: Refusal): void {
  const errors = listOf(body['errors'])
  t.match(headers['content-type'], /^application\/problem\+json/)
  t.strictSame([status, body['code']], [expected.status, expected.code])
  if (expected.pointers !== undefined) {
    const found = errors.map(({ pointer }) => pointer)
    t.strictSame(found, expected.pointers, `it is about ${expected.pointers.join(' and ')}`)
  }
  if (expected.reason !== undefined) t.match(errors.map(({ detail }) => detail).join('\n'), expected.reason)
  if (expected.usedBy !== undefined) t.strictSame(body['used_by'], expected.usedBy)
}
