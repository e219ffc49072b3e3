import type { Test } from 'tap'
import type { ApiReply } from '../../sandbox/api-client.ts'

export interface ExpectedProblem {
  readonly status: number
  readonly code: string
  /** One of `errors[].pointer`. */
  readonly pointer?: string
}

/** What only a programmer of the broker has a use for: files, frames, and words of the frameworks beneath. */
const internals =
  /node_modules|node:|\.ts:\d|\\n\s+at |FST_|SQLITE|ERR_|instancePath|schemaPath|undefined|\bajv\b/gi

const texts = ['type', 'title', 'detail', 'instance', 'code']

/**
 * Whatever keeps this reply from being a problem detail (RFC 9457) fit for a client; empty where nothing does.
 * A word that the client sent may be told to it again.
 */
export function problemFaults({ status, headers, body }: Omit<ApiReply, 'text'>, sent = ''): string[] {
  const { code, instance } = body
  const shown = JSON.stringify(body)
  const leaked = shown.match(internals)?.filter((word) => !sent.includes(word)) ?? []
  return [
    ...(/^application\/problem\+json(;|$)/.test(String(headers['content-type']))
      ? []
      : [`content-type ${String(headers['content-type'])}`]),
    ...texts
      .filter((name) => typeof body[name] !== 'string' || body[name] === '')
      .map((name) => `no ${name}`),
    ...(body['status'] === status ? [] : [`the member says ${String(body['status'])}, HTTP ${status}`]),
    ...(body['type'] === `urn:graph-token-broker:problem:${String(code)}`
      ? []
      : ['a type that is not the code']),
    ...(/^urn:uuid:[0-9a-f-]{36}$/.test(String(instance)) ? [] : ['an instance that is no request id']),
    ...(leaked.length > 0 ? [`internals: ${leaked.join(', ')} in ${shown}`] : []),
  ]
}

export function expectProblem(t: Test, reply: ApiReply, expected: ExpectedProblem, message?: string): void {
  const { body, status } = reply
  const about = message ?? `${expected.status} ${expected.code}`
  t.same([status, body['code']], [expected.status, expected.code], about)
  t.strictSame(problemFaults(reply), [], `${about}: a whole problem`)
  if (expected.pointer !== undefined)
    t.ok(pointersOf(reply).includes(expected.pointer), about, { found: body })
}

export function pointersOf({ body }: Pick<ApiReply, 'body'>): string[] {
  const { errors } = body
  if (!Array.isArray(errors)) return []
  return errors.map((fault: unknown) =>
    typeof fault === 'object' && fault !== null && 'pointer' in fault ? String(fault.pointer) : '',
  )
}
