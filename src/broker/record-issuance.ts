import type { Failure } from '../domain/failure.ts'
import type { Result } from '../domain/result.ts'
import { auditLine } from './audit-line.ts'
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

export type Issued = Result<IssuedToken, Failure>

/** Told the outcome once, later: the token or the expected failure, or else the error that nobody expected. */
export type Settle = (error: unknown, issued?: Issued) => void

export type RequestToken = (
  callerId: string,
  request: TokenRequest,
  requestId: string,
  settle: Settle,
) => void

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
  return (callerId, request, requestId, settle) => {
    const startedAt = clock.monotonic()
    const record = (result: Issued): void => {
      const line = auditLine({ time: clock.now(), callerId, request, requestId, result })
      audit.append(line, (audited) => {
        const outcome = audited.ok ? result : audited
        const cache = result.ok ? result.value.origin : 'none'
        const duration = clock.monotonic() - startedAt
        metrics.tokenRequest(outcome.ok ? 'issued' : outcome.failure.code, cache, duration)
        settle(undefined, outcome)
      })
    }
    const result = issueToken(callerId, request)
    if (result instanceof Promise) result.then(record).catch(settle)
    else record(result)
  }
}

/** The same, for whoever can do with a promise. */
export type AwaitToken = (callerId: string, request: TokenRequest, requestId: string) => Promise<Issued>

export function createAwaitToken(requestToken: RequestToken): AwaitToken {
  return (callerId, request, requestId) =>
    new Promise((resolve, reject) =>
      requestToken(callerId, request, requestId, (error, issued) =>
        issued === undefined ? reject(error) : resolve(issued),
      ),
    )
}
