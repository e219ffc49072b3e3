import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ok, type Result } from '../../src/domain/result.ts'
import type { RandomBytes } from './identifiers.ts'
import { createTrace, metadataHeaders, type Refusal, refusalBody } from './replies.ts'
import type { SigningKey } from './signing-key.ts'
import { type EntraState, resolveDirectory } from './state.ts'

export interface OpenidContext {
  readonly state: EntraState
  readonly key: SigningKey
  readonly origin: () => string
  readonly now: () => number
  readonly randomBytes: RandomBytes
}

interface DirectoryParams {
  Params: { directory: string }
}

export function openid(scope: FastifyInstance, context: OpenidContext): void {
  const answer = (
    request: FastifyRequest<DirectoryParams>,
    reply: FastifyReply,
    document: (id: string) => object,
  ) => {
    const trace = createTrace(request.headers, context.now(), context.randomBytes)
    reply.headers(metadataHeaders(trace, request.headers))
    const id = directoryId(context.state, request.params.directory)
    if (id.ok) return document(id.value)
    // The metadata documents name this error otherwise than the token endpoint does.
    const refusal = id.failure.code === 90002 ? { ...id.failure, error: 'invalid_tenant' } : id.failure
    return reply.code(refusal.status).send(refusalBody(refusal, trace))
  }
  scope.get<DirectoryParams>('/:directory/v2.0/.well-known/openid-configuration', async (request, reply) =>
    answer(request, reply, (id) => openidConfiguration(context.origin(), request.params.directory, id)),
  )
  scope.get<DirectoryParams>('/:directory/discovery/v2.0/keys', async (request, reply) =>
    answer(request, reply, (id) => ({
      keys: [{ ...context.key.jwk, issuer: `${context.origin()}/${id}/v2.0` }],
    })),
  )
}

/** `common` has documents of its own, whose issuer is a literal template. */
function directoryId(state: EntraState, name: string): Result<string, Refusal> {
  if (name === 'common' || name === 'organizations') return ok('{tenantid}')
  const directory = resolveDirectory(state, name)
  return directory.ok ? ok(directory.value.id) : directory
}

function openidConfiguration(origin: string, name: string, id: string) {
  const base = `${origin}/${id === '{tenantid}' ? name : id}`
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${origin}/${id}/v2.0`,
    request_uri_parameter_supported: false,
    userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    claims_supported: claims,
    kerberos_endpoint: `${base}/kerberos`,
    tenant_region_scope: id === '{tenantid}' ? null : 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
    rbac_url: 'https://pas.windows.net',
  }
}

const claims = [
  'sub',
  'iss',
  'cloud_instance_name',
  'cloud_instance_host_name',
  'cloud_graph_host_name',
  'msgraph_host',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'acr',
  'nonce',
  'preferred_username',
  'name',
  'tid',
  'ver',
  'at_hash',
  'c_hash',
  'email',
]
