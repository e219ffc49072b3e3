import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { IdentifyCaller } from '../src/broker/identify-caller.ts'
import type { Clock } from '../src/broker/ports.ts'
import type { AwaitToken } from '../src/broker/record-issuance.ts'
import type { WholeGrantRequest } from '../src/broker/token-request.ts'
import { secondsLeft } from '../src/domain/token.ts'
import { authenticateClient } from '../src/http/client-authentication.ts'
import { acceptForms } from '../src/http/form-bodies.ts'
import { answerAsEntra, forbidStoring } from '../src/http/oauth-errors.ts'
import { readResource } from '../src/http/oauth-scope.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import type { Refuse } from '../src/http/refuse-authentication.ts'
import { Closed, ref, success } from '../src/schemas/common.ts'
import { errorReplies, OauthToken, OauthTokenForm, TenantSegment } from '../src/schemas/oauth.ts'

export interface EntraFacadeOptions {
  readonly identifyCaller: IdentifyCaller
  readonly refuse: Refuse
  readonly awaitToken: AwaitToken
  readonly wholeGrantRequest: WholeGrantRequest
  readonly clock: Clock
}

const schema = {
  operationId: 'requestOauthToken',
  tags: ['OAuth clients'],
  security: [{ client_secret_basic: [] }, {}],
  summary: 'Get an access token as from Entra',
  description:
    'The token endpoint of Microsoft Entra, for clients that exist: RFC 6749 §4.4. The token is that of `POST ' +
    '/tokens` for all that the caller is granted of the resource in the tenant. The client authenticates by ' +
    '`client_secret` in the body or by Basic, never by both.',
  consumes: ['application/x-www-form-urlencoded'],
  params: Closed({ tenant: TenantSegment }),
  body: ref(OauthTokenForm),
  response: {
    200: {
      ...success(OauthToken, 'A token.'),
      headers: { 'Cache-Control': { type: 'string', description: '`no-store`' } },
    },
    ...errorReplies('OauthError'),
  },
} as const

export const entraFacade: FastifyPluginCallbackTypebox<EntraFacadeOptions> = (app, options, done) => {
  const { identifyCaller, refuse, awaitToken, wholeGrantRequest, clock } = options
  acceptForms(app)
  answerAsEntra(app, clock)
  // Public to the hook that reads bearer tokens: a client of OAuth says who it is in its body.
  const config = { public: true }
  app.post('/:tenant/oauth2/v2.0/token', { schema, config }, async (request, reply) => {
    const { body, params } = request
    const identified = await authenticateClient(identifyCaller, request.headers.authorization, body)
    const tried = body.client_secret ?? body.client_assertion
    if (!identified.ok) throw new FailureError(refuse(identified.failure, request, tried))
    const { caller, callerIsKnown } = identified.value
    if (body.grant_type !== 'client_credentials') throw new FailureError({ code: 'unsupported_grant_type' })
    const uri = readResource(body)
    const scope = body.scope ?? body.resource ?? '.default'
    const asked = wholeGrantRequest({ tenant: params.tenant, uri, scope }, callerIsKnown)
    const { accessToken, token } = unwrap(await awaitToken(caller.id, asked, request.id))
    const seconds = secondsLeft(token, clock.monotonic())
    forbidStoring(reply).type('application/json; charset=utf-8')
    return {
      token_type: 'Bearer' as const,
      expires_in: seconds,
      ext_expires_in: seconds,
      access_token: accessToken,
    }
  })
  done()
}
