import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendOutcome } from './consent-replies.ts'
import { readFrameworkError } from './framework-errors.ts'
import { answerError } from './problems.ts'
import { reportUnexpected } from './server-log.ts'

/** Bytes. The button of the consent page sends none. */
const bodyLimit = 1_024

/** On these routes a body is a form, and nothing is read of it; other types answer 415. */
export function acceptEmptyForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    (_request, _text, done) => done(null, undefined),
  )
}

/** Whoever looks at a page gets one, unless it is no browser that made the request. */
export function answerPageError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  if (readFrameworkError(error) !== undefined) return answerError(error, request, reply)
  reportUnexpected(error, request)
  return sendOutcome(request, reply, { status: 500, outcome: { kind: 'unavailable' } })
}
