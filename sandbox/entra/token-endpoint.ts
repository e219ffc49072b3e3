import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fail, ok, type Result } from '../../src/domain/result.ts'
import type { AccessTokens } from './access-token.ts'
import type { Application } from './application.ts'
import { authenticate } from './client-authentication.ts'
import { type Directory, rolesOf } from './directory.ts'
import type { RandomBytes } from './identifiers.ts'
import { absentApplication, absentServicePrincipal, disabledApplication } from './refusals.ts'
import { createReplayGuard } from './replay-guard.ts'
import { createTrace, type Refusal, refusalBody, tokenHeaders } from './replies.ts'
import { readScope } from './resources.ts'
import { type EntraState, resolveDirectory } from './state.ts'
import { createClaims, type TokenClaims } from './token-claims.ts'
import { readTokenRequest } from './token-request.ts'

export interface TokenEndpointContext {
  readonly state: EntraState
  readonly tokens: AccessTokens
  readonly origin: () => string
  readonly now: () => number
  readonly randomBytes: RandomBytes
}

/** The lifetime from which Entra tells clients when to refresh: half of it. */
const refreshInFrom = 7200

export function tokenEndpoint(scope: FastifyInstance, context: TokenEndpointContext): void {
  const issueClaims = createIssuer(context)
  const { state, tokens, now, randomBytes } = context
  scope.post<{ Params: { directory: string }; Body: unknown }>(
    '/:directory/oauth2/v2.0/token',
    async (request, reply) => {
      const trace = createTrace(request.headers, now(), randomBytes)
      reply.headers(tokenHeaders(trace, request.headers))
      const issued = issueClaims(request.params.directory, request)
      if (!issued.ok) return reply.code(issued.failure.status).send(refusalBody(issued.failure, trace))
      const { token_lifetime_seconds, opaque_tokens } = state.settings()
      const expiresIn = token_lifetime_seconds - 1
      return {
        token_type: 'Bearer',
        expires_in: expiresIn,
        ext_expires_in: expiresIn,
        ...(token_lifetime_seconds >= refreshInFrom ? { refresh_in: Math.floor(expiresIn / 2) } : undefined),
        access_token: tokens.issue(issued.value, opaque_tokens),
      }
    },
  )
}

/** The checks stand in the order in which Entra makes them, as far as that is known. */
function createIssuer({ state, origin, now, randomBytes }: TokenEndpointContext) {
  const replays = createReplayGuard()
  return (directoryName: string, request: FastifyRequest): Result<TokenClaims, Refusal> => {
    const directory = resolveDirectory(state, directoryName)
    if (!directory.ok) return directory
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const asked = readTokenRequest(form, request.headers.authorization)
    if (!asked.ok) return asked
    const { clientId, scope, credential } = asked.value
    const target = readScope(scope, directory.value.displayName)
    if (!target.ok) return target
    if (!credential.ok) return credential
    const present = presence(state, directory.value, clientId, now())
    if (!present.ok) return present
    const { application, roles } = present.value
    const audiences = audiencesOf(origin(), directoryName, directory.value.id)
    const proven = authenticate(application, credential.value, { audiences, replays, now: now() })
    if (!proven.ok) return proven
    const { token_lifetime_seconds, tokens_without_roles } = state.settings()
    const { resource, audience } = target.value
    const granted = roles.filter((role) => role.resource === resource).map((role) => role.value)
    const subject = {
      audience,
      resource,
      directory: directory.value,
      clientId: application.clientId,
      displayName: application.displayName,
      appidacr: proven.value,
      roles: tokens_without_roles ? [] : granted,
    }
    return ok(createClaims(subject, now(), token_lifetime_seconds, randomBytes))
  }
}

/** An application is in a directory once consent was given there, even to no role at all. */
function presence(state: EntraState, directory: Directory, clientId: string, now: number) {
  const application: Application | undefined = state.application(clientId)
  const roles = rolesOf(directory, clientId, now)
  if (application !== undefined && roles !== undefined) {
    if (!application.disabled) return ok({ application, roles })
    return fail(disabledApplication(clientId, application.displayName))
  }
  if (application !== undefined && state.settings().absent_application_code === 7000229) {
    return fail(absentServicePrincipal(clientId, directory.id))
  }
  return fail(absentApplication(clientId, directory.displayName))
}

/** What an assertion may be addressed to: the endpoint as it was called or by GUID, or the issuer. */
function audiencesOf(origin: string, directoryName: string, directoryId: string): readonly string[] {
  return [
    `${origin}/${directoryName}/oauth2/v2.0/token`,
    `${origin}/${directoryId}/oauth2/v2.0/token`,
    `${origin}/${directoryId}/v2.0`,
  ]
}
