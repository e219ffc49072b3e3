import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../broker/ports.ts'
import type { Failure } from '../domain/failure.ts'
import type { OauthError } from '../schemas/oauth.ts'
import { formType } from './form-bodies.ts'
import { readFrameworkError } from './framework-errors.ts'
import { type OauthCode, oauthCodes } from './oauth-codes.ts'
import { textOf } from './problem-texts.ts'
import { FailureError } from './problems.ts'
import { reportUnexpected } from './server-log.ts'

/** A failure as OAuth clients are told it. */
export interface OauthRefusal {
  readonly status: number
  readonly error: OauthCode
  readonly description: string
  readonly retryAfterSeconds?: number
  readonly traceId?: string
  readonly correlationId?: string
}

/** What became of a request that was not served; the log has what nobody expected. */
export function readRefusal(error: FastifyError, request: FastifyRequest): OauthRefusal {
  if (error instanceof FailureError) return refusalOf(error.failure, request.id)
  const known = readFrameworkError(error)
  if (known?.failure !== undefined) return refusalOf(known.failure, request.id)
  if (known !== undefined) {
    const isType = known.text.status === 415
    const detail = isType ? `The body must be ${formType}.` : known.text.detail
    const description = describe(`${known.code}: ${detail}`, request.id)
    return { status: isType ? 400 : known.text.status, error: 'invalid_request', description }
  }
  reportUnexpected(error, request)
  const description = describe(
    'internal_error: The broker failed in a way that it does not know.',
    request.id,
  )
  return { status: 500, error: 'server_error', description }
}

/** RFC 6749 §5.2: 400, but for who is not known. What passes keeps its status: clients wait for it and ask again. */
function refusalOf(failure: Failure, requestId: string): OauthRefusal {
  const { status } = textOf(failure.code, failure)
  return {
    ...failure,
    status: status === 401 || status === 429 || status >= 500 ? status : 400,
    error: oauthCodes[failure.code],
    description: describe(`${failure.code}: ${explain(failure)}`, requestId),
  }
}

function explain(failure: Failure): string {
  if (failure.code === 'unauthenticated') return unauthenticated
  if (failure.code === 'invalid_request')
    return failure.faults.map(({ pointer, detail }) => `${nameOf(pointer)}: ${detail}`).join(' ')
  const { detail, hint = '' } = textOf(failure.code, failure)
  const link = failure.code === 'consent_missing' ? failure.adminConsentUrl : ''
  return `${detail} ${hint.replace('`admin_consent_url`', link)}`.trim()
}

/** A parameter, wherever it stood. */
function nameOf(pointer: string): string {
  return pointer.replace(/^\w*\//, '') || 'body'
}

const unauthenticated =
  'The client is not known. It needs an API key of a caller: as client_secret, beside the id of the caller as ' +
  'client_id, or as IDENTITY_HEADER. Keys expire and can be deleted; an operator makes new ones.'

/** Clients show the description and drop the rest, so the id stands in it. RFC 6749 §5.2: ASCII without quotes. */
function describe(text: string, requestId: string): string {
  const whole = `${text} Request ID: ${requestId}`
  return whole.replaceAll('"', "'").replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, '?')
}

/** Answers as Entra does, for the routes that OAuth clients use. */
export function answerAsEntra(scope: FastifyInstance, clock: Clock): void {
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = readRefusal(error, request)
    // RFC 6749 §5.2: where the client tried this scheme, and nowhere else.
    if (refusal.status === 401 && isBasic(request.headers.authorization))
      reply.header('www-authenticate', 'Basic realm="graph-token-broker"')
    const body: OauthError = {
      error: refusal.error,
      error_description: refusal.description,
      trace_id: refusal.traceId ?? request.id,
      correlation_id: refusal.correlationId ?? request.id,
      timestamp: `${new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`,
    }
    return sendRefusal(refusal, reply, body)
  })
}

export function isBasic(authorization = ''): boolean {
  return /^Basic(?: |$)/i.test(authorization)
}

/** RFC 6749 §5.1: what answers a token request is never stored. */
export function forbidStoring(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
}

export function sendRefusal({ status, retryAfterSeconds }: OauthRefusal, reply: FastifyReply, body: object) {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  return forbidStoring(reply).code(status).type('application/json; charset=utf-8').send(body)
}
