import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { type IdentifyCaller, isKnown } from '../src/broker/identify-caller.ts'
import type { IssuedToken } from '../src/broker/offer-token.ts'
import type { Clock } from '../src/broker/ports.ts'
import type { RequestToken } from '../src/broker/record-issuance.ts'
import { Words } from '../src/broker/words.ts'
import { preferredDialect } from '../src/catalogue/dialects.ts'
import type { Clouds } from '../src/domain/cloud.ts'
import { secondsLeft } from '../src/domain/token.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { rememberJson } from '../src/http/json-bodies.ts'
import type { Lifecycle } from '../src/http/lifecycle.ts'
import { FailureError } from '../src/http/problems.ts'
import { sendQuickly } from '../src/http/quick-reply.ts'
import { writeTokenResponse } from '../src/http/token-response.ts'
import { passKnownBodies } from '../src/http/validators.ts'
import { ref, success } from '../src/schemas/common.ts'
import { problemReplies, problemReply } from '../src/schemas/problem.ts'
import { TokenRequest, TokenResponse } from '../src/schemas/tokens.ts'

export interface TokensOptions {
  readonly identifyCaller: IdentifyCaller
  readonly requestToken: RequestToken
  readonly clouds: Clouds
  readonly clock: Clock
  /** How many tokens are held, and so how many requests for them are worth remembering. */
  readonly tokenCacheMax: number
  readonly lifecycle: Lifecycle
}

const schema = {
  operationId: 'requestToken',
  tags: ['Tokens'],
  summary: 'Get an access token',
  description:
    'Answers from the cache where it can. The token carries every permission that the directory granted to the ' +
    'application, because Entra cannot narrow an app-only token; `granted_permissions` lists them.',
  body: ref(TokenRequest),
  response: {
    200: {
      ...success(TokenResponse, 'A token.'),
      headers: {
        'Cache-Control': { type: 'string', description: '`no-store`' },
        'Cache-Status': { type: 'string', description: 'Whether it came from the cache (RFC 9211).' },
      },
    },
    400: problemReply(
      'The request is wrong: `invalid_request`, `unknown_scope`, `no_permission_requested`, `mixed_resources`.',
    ),
    401: problemReply('No valid key came with it: `unauthenticated`.'),
    403: problemReply(
      'An operator has to grant more, or the token carries more than the caller may have: `tenant_not_granted`, ' +
        '`permission_not_granted`, `excess_permissions`.',
    ),
    409: problemReply(
      'The tenant has to be set up first: `consent_missing` (send `admin_consent_url` to its administrator), ' +
        '`tenant_disabled`, `permission_not_declared`, `roles_unverifiable`, and others.',
    ),
    424: problemReply(
      'An operator has to mend a credential: `credential_rejected`, `credential_missing`, and others.',
    ),
    503: problemReply('It passes by itself: `entra_throttled`, `entra_unavailable`, and others.'),
    ...problemReplies,
  },
} as const

/** `no-store`, where the token came from, and its type; a header costs a hit three in a hundred of its speed. */
const config = { setsOwnHeaders: true }

export const tokens: FastifyPluginCallbackTypebox<TokensOptions> = (app, options, done) => {
  const { identifyCaller, requestToken, clouds, clock, tokenCacheMax, lifecycle } = options
  rememberJson(app, tokenCacheMax)
  const validatorCompiler = passKnownBodies({ TokenRequest })
  const onRequest = requireRole('caller', 'operator')
  app.post('/tokens', { schema, config, onRequest, validatorCompiler }, (request, reply) => {
    const { tenant, scopes, dialect, minimum_validity_seconds, rejected_token_sha256 } = request.body
    const asked = {
      words: request.body instanceof Words ? request.body : undefined,
      tenant,
      scopes,
      dialect: dialect ?? preferredDialect(request.caller.dialect),
      callerIsKnown: () => isKnown(identifyCaller, request.headers.authorization),
      minimumValiditySeconds: minimum_validity_seconds,
      rejectedTokenSha256: rejected_token_sha256,
    }
    requestToken(request.caller.id, asked, request.id, (error, result) => {
      if (result === undefined) return reply.send(error)
      if (!result.ok) return reply.send(new FailureError(result.failure))
      const issued = result.value
      const expiresIn = secondsLeft(issued.token, clock.monotonic())
      // That of the tenant too.
      const { cloud } = issued.application
      const resource = clouds[cloud].resources[issued.resource]
      const text = writeTokenResponse(issued, resource, expiresIn)
      const headers = [
        'cache-control',
        'no-store',
        'content-type',
        'application/json; charset=utf-8',
        'cache-status',
        cacheStatus(issued, expiresIn),
        'content-length',
        String(text.length),
      ]
      sendQuickly(reply, lifecycle, headers, text)
    })
  })
  done()
}

function cacheStatus({ origin }: IssuedToken, expiresIn: number): string {
  switch (origin) {
    case 'hit':
      return `graph-token-broker; hit; ttl=${expiresIn}`
    case 'shared':
      return 'graph-token-broker; fwd=miss; collapsed'
    case 'mint':
      return 'graph-token-broker; fwd=miss; stored'
  }
}
