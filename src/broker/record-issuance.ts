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

type Issued = Result<IssuedToken, Failure>

export type RequestToken = (callerId: string, request: TokenRequest, requestId: string) => Promise<Issued>

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
  return (callerId, request, requestId) => {
    const startedAt = clock.monotonic()
    const record = async (result: Issued): Promise<Issued> => {
      const audited = await audit.append(
        auditLine({ time: clock.now(), callerId, request, requestId, result }),
      )
      const outcome = audited.ok ? result : audited
      const cache = result.ok ? result.value.origin : 'none'
      metrics.tokenRequest(outcome.ok ? 'issued' : outcome.failure.code, cache, clock.monotonic() - startedAt)
      return outcome
    }
    const result = issueToken(callerId, request)
    return result instanceof Promise ? result.then(record) : record(result)
  }
}
