import { isSpanContextValid, type SpanContext } from '@opentelemetry/api'

/** W3C Trace Context §3.2. Later versions may add members; `ff` is no version. */
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/**
 * Where a caller's trace goes on. `tracestate` is left alone: whatever a caller writes there would be exported as it
 * is.
 */
export function parseTraceParent(header: string): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = form.exec(header) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === '00' && more !== undefined) return undefined
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return isSpanContextValid(parent) ? parent : undefined
}
