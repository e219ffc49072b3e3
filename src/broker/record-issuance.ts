import type { Failure } from '../domain/failure.ts'
import { redact } from '../domain/redact.ts'
import type { Result } from '../domain/result.ts'
import type { IssueToken } from './issue-token.ts'
import type { IssuedToken } from './offer-token.ts'
import type { AuditSink, Clock, TokenMetrics } from './ports.ts'
import type { TokenRequest } from './token-request.ts'

export interface RecordIssuanceOptions {
  readonly issueToken: IssueToken
  readonly audit: AuditSink
  readonly metrics: TokenMetrics
  readonly clock: Clock
}

export type RequestToken = (
  callerId: string,
  request: TokenRequest,
  requestId: string,
) => Promise<Result<IssuedToken, Failure>>

/**
 * Issues a token and has it audited before anybody gets it: one JSON line for each request, granted or denied.
 * If the line cannot be kept, nothing is handed out.
 */
export function createRequestToken({
  issueToken,
  audit,
  metrics,
  clock,
}: RecordIssuanceOptions): RequestToken {
  return async (callerId, request, requestId) => {
    const startedAt = clock.monotonic()
    const result = await issueToken(callerId, request)
    const audited = await audit.append(auditLine(clock, callerId, request, requestId, result))
    const outcome = audited.ok ? result : audited
    const cache = result.ok ? result.value.origin : 'none'
    metrics.tokenRequest(outcome.ok ? 'issued' : outcome.failure.code, cache, clock.monotonic() - startedAt)
    return audited.ok ? result : audited
  }
}

/** What some readers of a log take for the end of a line or for a terminal's command, and JSON leaves as it is. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/g

function escapeUnsafe(json: string): string {
  return json.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Whatever a caller sends stays within its line. */
function auditLine(
  clock: Clock,
  caller: string,
  request: TokenRequest,
  requestId: string,
  result: Result<IssuedToken, Failure>,
): string {
  const line = JSON.stringify({
    time: new Date(clock.now()).toISOString(),
    event: result.ok ? 'token.issued' : 'token.denied',
    request_id: requestId,
    caller,
    tenant: result.ok ? result.value.tenant.id : request.tenant,
    // Scopes that translate are words of the catalogue; what does not may be anything, pasted by mistake.
    scopes: result.ok ? request.scopes : request.scopes.map(redact),
    dialect: request.dialect,
    ...(result.ok ? describeIssued(result.value) : { outcome: result.failure.code }),
  })
  return escapeUnsafe(line)
}

function describeIssued({ application, resource, granted, excess, missing, origin, token }: IssuedToken) {
  return {
    outcome: 'issued',
    application: application.id,
    resource,
    permissions: granted,
    excess_permissions: excess,
    missing_permissions: missing,
    cache: origin,
    uti: token.uti,
    expires_at: token.expiresAtUnix,
  }
}
