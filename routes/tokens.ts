import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { IssuedToken } from '../src/broker/offer-token.ts'
import type { Clock } from '../src/broker/ports.ts'
import type { RequestToken } from '../src/broker/record-issuance.ts'
import { preferredDialect } from '../src/catalogue/dialects.ts'
import type { Clouds } from '../src/domain/cloud.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { unwrap } from '../src/http/problems.ts'
import { writeTokenResponse } from '../src/http/token-response.ts'
import { ref, success } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'
import { TokenRequest, TokenResponse } from '../src/schemas/tokens.ts'

export interface TokensOptions {
  readonly requestToken: RequestToken
  readonly clouds: Clouds
  readonly clock: Clock
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
    ...problemReplies,
  },
} as const

/** `no-store`, where the token came from, and its type; a header costs a hit three in a hundred of its speed. */
const config = { setsOwnHeaders: true }

export const tokens: FastifyPluginCallbackTypebox<TokensOptions> = (app, options, done) => {
  const { requestToken, clouds, clock } = options
  app.post('/tokens', { schema, config, onRequest: requireRole('caller', 'operator') }, (request, reply) => {
    const { tenant, scopes, dialect, minimum_validity_seconds, rejected_token_sha256 } = request.body
    const asked = {
      tenant,
      scopes,
      dialect: dialect ?? preferredDialect(request.caller.dialect),
      ...(minimum_validity_seconds !== undefined && { minimumValiditySeconds: minimum_validity_seconds }),
      ...(rejected_token_sha256 !== undefined && { rejectedTokenSha256: rejected_token_sha256 }),
    }
    return requestToken(request.caller.id, asked, request.id).then((result) => {
      const issued = unwrap(result)
      const expiresIn = secondsLeft(issued, clock)
      reply
        .header('cache-control', 'no-store')
        .header('cache-status', cacheStatus(issued, expiresIn))
        .type('application/json; charset=utf-8')
      return writeTokenResponse(issued, clouds[issued.tenant.cloud].resources[issued.resource], expiresIn)
    })
  })
  done()
}

function secondsLeft({ token }: IssuedToken, clock: Clock): number {
  return Math.max(0, Math.floor((token.expiresAt - clock.monotonic()) / 1000))
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
