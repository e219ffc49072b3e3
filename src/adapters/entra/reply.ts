import type { EntraReference } from '../../domain/failure.ts'
import { isGuid } from '../../domain/identifier.ts'

/** A token reply of Entra (RFC 6749 §5.1), checked. */
export interface TokenReply {
  readonly access_token: string
  /** Seconds. */
  readonly expires_in: number
  /** Seconds after which Entra would like the token to be renewed; only on long-lived ones. */
  readonly refresh_in?: number
}

/** What Entra said instead of a token, as far as it may be handed on: never its description, which is free text. */
export interface Refusal extends Omit<EntraReference, 'aadsts'> {
  readonly status: number
  readonly error: string
  /** AADSTS codes. */
  readonly codes: readonly number[]
  /** Seconds. */
  readonly retryAfter?: number
}

/** Why there is no token. `reason` is an error code of the transport, like ECONNREFUSED. */
export type ReplyFault =
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'nonsense'; readonly status: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Undefined for anything that is not a token: a 200 without one must never pass for success. */
export function readTokenReply(body: unknown): TokenReply | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  if (!('access_token' in body) || !isBearerToken(body.access_token)) return undefined
  if (!('expires_in' in body) || !isSeconds(body.expires_in)) return undefined
  const renewal = 'refresh_in' in body && isSeconds(body.refresh_in) ? { refresh_in: body.refresh_in } : {}
  return { access_token: body.access_token, expires_in: body.expires_in, ...renewal }
}

/** What can be sent as a bearer token at all (RFC 6750 §2.1). */
function isBearerToken(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9._~+/-]+=*$/.test(value)
}

/** A day is the longest that Entra issues an app-only token for. */
function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 && value <= 90_000
}

export function readRefusal(
  status: number,
  body: unknown,
  retryAfter: string | undefined,
  now: number,
): Refusal {
  const seconds = readRetryAfter(retryAfter, now)
  const wait = seconds === undefined ? {} : { retryAfter: seconds }
  if (typeof body !== 'object' || body === null) return { status, error: '', codes: [], ...wait }
  const codes = 'error_codes' in body && Array.isArray(body.error_codes) ? body.error_codes : []
  return {
    status,
    error: 'error' in body && isErrorCode(body.error) ? body.error : '',
    codes: codes.filter(isAadsts).slice(0, mostCodes),
    ...('trace_id' in body && isReference(body.trace_id) ? { traceId: body.trace_id } : {}),
    ...('correlation_id' in body && isReference(body.correlation_id)
      ? { correlationId: body.correlation_id }
      : {}),
    ...wait,
  }
}

/** Handed on to people and logs, so nothing but a GUID passes. */
function isReference(value: unknown): value is string {
  return typeof value === 'string' && isGuid(value)
}

/** Entra sends one or two. */
const mostCodes = 8

function isAadsts(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 1e9
}

/** Seconds. Longer than this nobody is told to wait: the failure is forgotten by then. */
const longestWait = 300

/** Seconds from now; either form of RFC 9110 §10.2.3. Undefined for anything else. */
function readRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), longestWait)
  if (!/^[A-Z][a-z]{2}, /.test(text)) return undefined
  const seconds = Math.ceil((Date.parse(text) - now) / 1000)
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds), longestWait)
}

/** RFC 6749 §5.2, as far as Entra uses it; it goes to the log. */
function isErrorCode(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z_]{1,64}$/.test(value)
}
