import type { IncomingHttpHeaders } from 'node:http'
import type { RandomBytes } from './identifiers.ts'
import { isGuid, newGuid } from './identifiers.ts'

/** What Entra says no with; its wire form also needs the ids of the request. */
export interface Refusal {
  readonly code: number
  readonly status: 400 | 401
  readonly error: string
  readonly text: string
  /** Only codes that Microsoft's look-up page knows come with an `error_uri`. */
  readonly hasPage: boolean
}

export function invalidRequest(code: number, text: string): Refusal {
  return { code, status: 400, error: 'invalid_request', text, hasPage: true }
}

export function invalidClient(code: number, text: string): Refusal {
  return { code, status: 401, error: 'invalid_client', text, hasPage: true }
}

export interface Trace {
  readonly traceId: string
  readonly correlationId: string
  /** `yyyy-MM-dd HH:mm:ssZ` */
  readonly timestamp: string
  readonly at: number
}

export function createTrace(headers: IncomingHttpHeaders, now: number, randomBytes: RandomBytes): Trace {
  const asked = headers['client-request-id']
  return {
    traceId: newGuid(randomBytes),
    correlationId: typeof asked === 'string' && isGuid(asked) ? asked : newGuid(randomBytes),
    timestamp: `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`,
    at: now,
  }
}

export function describe(refusal: Refusal): string {
  return `AADSTS${refusal.code}: ${refusal.text}`
}

/** The members stand in the order in which Entra writes them. */
export function refusalBody(refusal: Refusal, trace: Trace) {
  const { traceId, correlationId, timestamp } = trace
  return {
    error: refusal.error,
    error_description: `${describe(refusal)}\r\nTrace ID: ${traceId}\r\nCorrelation ID: ${correlationId}\r\nTimestamp: ${timestamp}`,
    error_codes: [refusal.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    ...(refusal.hasPage
      ? { error_uri: `https://login.microsoftonline.com/error?code=${refusal.code}` }
      : undefined),
  }
}

/** The headers of a reply of the token endpoint, those that depend on the request included. */
export function tokenHeaders(trace: Trace, request: IncomingHttpHeaders): Record<string, string | string[]> {
  const month = 30 * 24 * 60 * 60 * 1000
  const cookie = 'path=/; secure; samesite=none; httponly'
  return {
    'cache-control': 'no-store, no-cache',
    pragma: 'no-cache',
    'content-type': 'application/json; charset=utf-8',
    expires: '-1',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    ...commonHeaders(trace, request),
    'set-cookie': [
      `fpc=sandbox; expires=${new Date(trace.at + month).toUTCString()}; path=/; secure; HttpOnly; SameSite=None`,
      `x-ms-gateway-slice=estsfd; ${cookie}`,
      `stsservicecookie=estsfd; ${cookie}`,
    ],
  }
}

/**
 * The headers of a metadata reply. Strict-Transport-Security is left out although Entra sends it: a browser
 * that opens this document would then refuse every plain-http service on localhost for a year.
 */
export function metadataHeaders(trace: Trace, request: IncomingHttpHeaders): Record<string, string> {
  return {
    'cache-control': 'max-age=86400, private',
    'content-type': 'application/json; charset=utf-8',
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, OPTIONS',
    ...commonHeaders(trace, request),
  }
}

function commonHeaders(trace: Trace, request: IncomingHttpHeaders): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    p3p: 'CP="DSP CUR OTPi IND OTRi ONL FIN"',
    ...(request['return-client-request-id'] === 'true'
      ? { 'client-request-id': trace.correlationId }
      : undefined),
    'x-ms-request-id': trace.traceId,
    'x-ms-ests-server': '2.1.12651.9 - SANDBOX ProdSlices',
    ...(request['x-client-current-telemetry'] === undefined ? undefined : { 'x-ms-clitelem': '1,0,0,,' }),
    'x-xss-protection': '0',
  }
}
