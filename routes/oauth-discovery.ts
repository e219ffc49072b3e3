import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Clock } from '../src/broker/ports.ts'
import { isReserved } from '../src/domain/identifier.ts'
import type { TrustedIssuer } from '../src/domain/trusted-issuer.ts'
import { answerAsEntra } from '../src/http/oauth-errors.ts'
import { FailureError } from '../src/http/problems.ts'
import { Closed, success } from '../src/schemas/common.ts'
import { EmptyKeySet, errorReplies, OauthMetadata, TenantSegment } from '../src/schemas/oauth.ts'

export interface OauthDiscoveryOptions {
  /** Where services reach the broker. */
  readonly issuerUrl: string
  /** Whose JWTs are taken in the place of a secret. */
  readonly trustedIssuers: readonly TrustedIssuer[]
  readonly clock: Clock
}

function describe<const Response extends object>(operationId: string, summary: string, response: Response) {
  return {
    operationId,
    tags: ['OAuth clients'],
    security: [] as [],
    summary,
    description: 'For everybody, and the same for every tenant, whether there is such a one or not.',
    params: Closed({ tenant: TenantSegment }),
    response: { 200: response, ...errorReplies('OauthError') },
  }
}

const metadata = success(OauthMetadata, 'Where the endpoints are.')
const keySet = success(EmptyKeySet, 'No key.')

/** What clients look for before they ask for a token. It needs no key and holds nothing of the registry. */
export const oauthDiscovery: FastifyPluginCallbackTypebox<OauthDiscoveryOptions> = (app, options, done) => {
  const { issuerUrl, trustedIssuers, clock } = options
  answerAsEntra(app, clock)
  app.addHook('preHandler', (request, reply, next) => {
    const { params } = request
    const isTaken =
      typeof params === 'object' && params !== null && 'tenant' in params && isReserved(String(params.tenant))
    if (isTaken) return next(new FailureError({ code: 'invalid_request', faults: [noTenant] }))
    reply.header('cache-control', 'public, max-age=3600')
    next()
  })
  const config = { public: true }
  const describeIssuer = (tenant: string, version: '/v2.0' | '') =>
    describeMetadata(`${issuerUrl}/${tenant}`, version, trustedIssuers)

  app.get(
    '/:tenant/v2.0/.well-known/openid-configuration',
    { schema: describe('discoverOpenid', 'OpenID Connect discovery', metadata), config },
    async ({ params: { tenant } }) => describeIssuer(tenant, '/v2.0'),
  )
  // RFC 8414 §3.1: the well-known part stands before the issuer's path, which is all that differs in the document.
  app.get(
    '/.well-known/oauth-authorization-server/:tenant',
    { schema: describe('discoverOauth', 'OAuth discovery (RFC 8414)', metadata), config },
    async ({ params: { tenant } }) => describeIssuer(tenant, ''),
  )
  app.get(
    '/.well-known/oauth-authorization-server/:tenant/v2.0',
    {
      schema: describe('discoverOauthIssuer', 'OAuth discovery (RFC 8414) of the v2.0 issuer', metadata),
      config,
    },
    async ({ params: { tenant } }) => describeIssuer(tenant, '/v2.0'),
  )
  app.get(
    '/:tenant/discovery/v2.0/keys',
    { schema: describe('oauthKeys', 'The key set of the broker, which signs nothing', keySet), config },
    async () => ({ keys: [] }),
  )
  done()
}

const noTenant = { pointer: '/tenant', detail: "Reserved: a path of the broker, or a name of Entra's own." }

/** RFC 8414 §2. */
function describeMetadata(
  authority: string,
  version: '/v2.0' | '',
  trustedIssuers: readonly TrustedIssuer[],
) {
  const methods = ['client_secret_post', 'client_secret_basic']
  const algorithms = [...new Set(trustedIssuers.flatMap((issuer) => issuer.algorithms))]
  return {
    issuer: `${authority}${version}`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...(algorithms.length === 0
      ? { token_endpoint_auth_methods_supported: methods }
      : {
          token_endpoint_auth_methods_supported: [...methods, 'private_key_jwt'],
          token_endpoint_auth_signing_alg_values_supported: algorithms,
        }),
  }
}
