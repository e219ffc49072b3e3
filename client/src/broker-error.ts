import type { Problem } from './api-types.ts'

/** What this client itself says; every other code is the broker's own. */
export type ClientCode =
  | 'invalid_options'
  | 'token_file_unreadable'
  | 'broker_unreachable'
  | 'deadline_exceeded'
  | 'unexpected_reply'
  | 'other_resource'
  | 'other_tenant'

export interface BrokerErrorDetails {
  readonly code: string
  readonly detail: string
  readonly status?: number | undefined
  readonly hint?: string | undefined
  readonly requestId?: string | undefined
  readonly adminConsentUrl?: string | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** Why there is no token. Programs decide by `code`; the message has all that a person needs, and no secret. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  /** One of the broker's problem codes, or of `ClientCode`. */
  readonly code: string
  /** The HTTP status of the broker's answer, where it gave one. */
  readonly status: number | undefined
  /** What to do next. */
  readonly hint: string | undefined
  /** Finds the request in the broker's log and audit. */
  readonly requestId: string | undefined
  /** For the customer's administrator, where consent is missing. */
  readonly adminConsentUrl: string | undefined
  /** Asking earlier than this is in vain. */
  readonly retryAfterSeconds: number | undefined

  constructor(details: BrokerErrorDetails) {
    super(messageOf(details))
    this.code = details.code
    this.status = details.status
    this.hint = details.hint
    this.requestId = details.requestId
    this.adminConsentUrl = details.adminConsentUrl
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

export function clientError(code: ClientCode, detail: string, hint?: string): BrokerError {
  return new BrokerError({ code, detail, hint })
}

/** `body` is whatever answered: a problem of the broker (RFC 9457), or the page of a proxy, which is not quoted. */
export function errorOfReply(status: number, body: unknown, retryAfterSeconds?: number): BrokerError {
  if (!isProblem(body)) {
    return new BrokerError({
      code: 'unexpected_reply' satisfies ClientCode,
      detail: `The answer, of status ${status}, is not one of the broker.`,
      hint: 'Look at what stands between this service and the broker, and at `url`.',
      status,
      retryAfterSeconds,
    })
  }
  return new BrokerError({
    code: body.code,
    detail: body.detail,
    status,
    hint: body.hint,
    requestId: body.instance?.replace(/^urn:uuid:/, ''),
    adminConsentUrl: body.admin_consent_url,
    retryAfterSeconds,
  })
}

function messageOf({ code, detail, hint, requestId, adminConsentUrl }: BrokerErrorDetails): string {
  const consent = adminConsentUrl === undefined ? '' : ` ${adminConsentUrl}`
  const request = requestId === undefined ? '' : ` (request ${requestId})`
  return `${code}: ${detail}${hint === undefined ? '' : ` ${hint}`}${consent}${request}`
}

type ToldProblem = Pick<Problem, 'code' | 'detail'> &
  Partial<Pick<Problem, 'hint' | 'instance' | 'admin_consent_url'>>

function isProblem(body: unknown): body is ToldProblem {
  if (typeof body !== 'object' || body === null) return false
  const members: Partial<Record<keyof ToldProblem, unknown>> = body
  const optional = [members.hint, members.instance, members.admin_consent_url]
  return (
    typeof members.code === 'string' &&
    typeof members.detail === 'string' &&
    optional.every((member) => member === undefined || typeof member === 'string')
  )
}
