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

export const consent: FastifyPluginCallbackTypebox<ConsentOptions> = (app, { followConsentLink }, done) => {
  app.get('/consent/:ticket', { schema, config: { public: true } }, async (request, reply) => {
    const url = unwrap(followConsentLink(request.params.ticket))
    return reply
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .redirect(url, 302)
  })
  done()
}
