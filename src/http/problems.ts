import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Failure } from '../domain/failure.ts'
import type { Result } from '../domain/result.ts'
import type { Problem } from '../schemas/problem.ts'
import { readFrameworkError } from './framework-errors.ts'
import { type ProblemText, textOf } from './problem-texts.ts'
import { seal } from './seal-replies.ts'
import { reportUnexpected } from './server-log.ts'

/** Carries an expected failure from a route to the error handler; thrown at the route and nowhere else. */
export class FailureError extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.code)
    this.failure = failure
  }
}

/** The value, or the failure thrown: for routes, where `Result` ends. */
export function unwrap<T>(result: Result<T, Failure>): T {
  if (!result.ok) throw new FailureError(result.failure)
  return result.value
}

export function problemOf(
  code: string,
  text: ProblemText,
  requestId: string,
  members: Partial<Problem> = {},
): Problem {
  return {
    type: `urn:graph-token-broker:problem:${code}`,
    ...text,
    instance: `urn:uuid:${requestId}`,
    code,
    ...members,
  }
}

export function failureProblem(failure: Failure, requestId: string): Problem {
  return problemOf(failure.code, textOf(failure.code, failure), requestId, membersOf(failure))
}

/** A failure that is told within a reply, rather than being one. */
export function faultOf(failure: Failure) {
  const { detail, hint } = textOf(failure.code, failure)
  return { code: failure.code, detail, ...(hint !== undefined && { hint }) }
}

/** Picked one by one: a member of a failure that is not named here never leaves the broker. */
function membersOf(failure: Failure): Partial<Problem> {
  const { code } = failure
  return {
    ...('faults' in failure && { errors: failure.faults.map((fault) => ({ ...fault })) }),
    ...('unmapped' in failure && {
      unmapped: failure.unmapped.map((scope) => ({ ...scope, suggestions: [...scope.suggestions] })),
    }),
    ...('permissions' in failure && {
      [code === 'consent_missing' ? 'missing_permissions' : 'permissions']: [...failure.permissions],
    }),
    ...('usedBy' in failure && { used_by: [...failure.usedBy] }),
    ...('tenant' in failure && { tenant: failure.tenant }),
    ...('application' in failure && { application: failure.application }),
    ...('adminConsentUrl' in failure && { admin_consent_url: failure.adminConsentUrl }),
    ...('expectedThumbprint' in failure &&
      failure.expectedThumbprint !== undefined && { expected_thumbprint: failure.expectedThumbprint }),
    ...('traceId' in failure && failure.traceId !== undefined && { trace_id: failure.traceId }),
    ...('correlationId' in failure &&
      failure.correlationId !== undefined && { correlation_id: failure.correlationId }),
  }
}

/** Expected failures in full, everything else as an opaque 500 that the log explains. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof FailureError) return sendFailure(error.failure, request, reply)
  const known = readFrameworkError(error)
  if (known?.failure !== undefined) return sendFailure(known.failure, request, reply)
  if (known !== undefined) return sendProblem(problemOf(known.code, known.text, request.id), reply)
  reportUnexpected(error, request)
  return sendProblem(problemOf('internal_error', internalError, request.id), reply)
}

/** The only error handler of the routes, and the answer to paths that no route has. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    const text = {
      status: 404,
      title: 'Not found',
      detail: 'No route has this method and path.',
      hint: 'See /docs.',
    }
    return sendProblem(problemOf('route_not_found', text, request.id), reply)
  })
}

const internalError: ProblemText = {
  status: 500,
  title: 'Internal error',
  detail: 'The broker failed in a way that it does not know.',
  hint: 'Report `instance`: the log has the rest under it.',
}

function sendFailure(failure: Failure, request: FastifyRequest, reply: FastifyReply) {
  // RFC 6750 §3: nothing is said of why, not even that a token was there.
  if (failure.code === 'unauthenticated')
    reply.header('www-authenticate', 'Bearer realm="graph-token-broker"')
  if ('retryAfterSeconds' in failure) reply.header('retry-after', failure.retryAfterSeconds)
  return sendProblem(failureProblem(failure, request.id), reply)
}

function sendProblem(problem: Problem, reply: FastifyReply) {
  seal(reply)
  return reply.code(problem.status).type('application/problem+json').send(problem)
}
