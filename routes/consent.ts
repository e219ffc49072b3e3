import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { FollowConsentLink } from '../src/broker/follow-consent-link.ts'
import { unwrap } from '../src/http/problems.ts'
import { Closed } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface ConsentOptions {
  readonly followConsentLink: FollowConsentLink
}

const schema = {
  operationId: 'followConsentLink',
  tags: ['Consent'],
  security: [] as [],
  summary: "Go to Microsoft's consent page",
  description:
    "For the customer's administrator, who needs no key. Following the link changes nothing, so mail scanners may. " +
    'Once consent is given, the next token request finds it.',
  params: Closed({ ticket: Type.String({ minLength: 1, maxLength: 512 }) }),
  response: {
    302: {
      description: "Microsoft's consent page for the directory.",
      headers: {
        Location: { type: 'string', description: 'The page, at the authority of the tenant’s cloud.' },
      },
      type: 'null',
    },
    ...problemReplies,
  },
}

const callback = {
  operationId: 'consentCallback',
  tags: ['Consent'],
  security: [] as [],
  summary: 'Where Microsoft sends the administrator back to',
  description: 'Decides nothing: whether consent was given shows in the next token that is asked for.',
  response: {
    200: {
      description: 'What happened, in a sentence.',
      content: { 'text/plain': { schema: Type.String() } },
    },
    ...problemReplies,
  },
}

export const consent: FastifyPluginCallbackTypebox<ConsentOptions> = (app, { followConsentLink }, done) => {
  app.get('/consent/:ticket', { schema, config: { public: true } }, async (request, reply) => {
    const url = unwrap(followConsentLink(request.params.ticket))
    return reply
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .redirect(url, 302)
  })
  // Failures can carry `admin_consent=True` too, so `error` is looked at first. Nothing of the query is repeated.
  app.get('/consent/callback', { schema: callback, config: { public: true } }, async (request, reply) => {
    const failed = typeof request.query === 'object' && request.query !== null && 'error' in request.query
    reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8')
    return failed
      ? 'Consent was not given. To try again, open the link that you were sent.'
      : 'Thank you. You can close this page: the service finds out by itself whether consent was given.'
  })
  done()
}
