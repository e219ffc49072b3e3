import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { formatPermission, type Permission, parsePermission } from '../../src/domain/permission.ts'
import { type ApplicationChange, summarize } from './application.ts'
import {
  ApplicationBody,
  ApplicationParams,
  ConsentBody,
  ConsentParams,
  DirectoryBody,
  DirectoryParams,
} from './control-schemas.ts'
import { SettingsChange } from './settings.ts'
import type { EntraState } from './state.ts'

/** What a person does in the portal, and what only a sandbox can do. Served on loopback, without sign-in. */
export function entraControl(scope: FastifyInstance, state: EntraState): void {
  scope.setValidatorCompiler(TypeBoxValidatorCompiler)
  scope.put<{ Params: ApplicationParams; Body: ApplicationBody }>(
    '/applications/:client_id',
    { schema: { params: ApplicationParams, body: ApplicationBody } },
    async (request, reply) => {
      const changed = state.putApplication(request.params.client_id, applicationChange(request.body))
      if (changed.ok) return summarize(changed.value)
      const message = 'certificates must be PEM certificates, without a private key'
      return reply.code(400).send({ statusCode: 400, error: 'Bad Request', message })
    },
  )
  scope.put<{ Params: DirectoryParams; Body: DirectoryBody }>(
    '/directories/:directory_id',
    { schema: { params: DirectoryParams, body: DirectoryBody } },
    async (request) => {
      const { display_name, domains, visitor, consent_error } = request.body
      const directory = state.directories.put(request.params.directory_id, {
        ...(display_name === undefined ? undefined : { displayName: display_name }),
        ...(domains === undefined ? undefined : { domains }),
        ...(visitor === undefined ? undefined : { visitor }),
        ...(consent_error === undefined ? undefined : { consentError: consent_error }),
      })
      return { directory_id: directory.id, display_name: directory.displayName, domains: directory.domains }
    },
  )
  scope.put<{ Body: SettingsChange }>('/settings', { schema: { body: SettingsChange } }, async (request) =>
    state.changeSettings(request.body),
  )
  consents(scope, state)
}

function consents(scope: FastifyInstance, state: EntraState): void {
  const path = '/directories/:directory_id/consents/:client_id'
  scope.put<{ Params: ConsentParams; Body: ConsentBody }>(
    path,
    { schema: { params: ConsentParams, body: ConsentBody } },
    async (request) => {
      const { directory_id, client_id } = request.params
      const roles = permissions(request.body.roles)
      state.directories.consent(directory_id, client_id, roles)
      return { directory_id, client_id, roles: roles.map(formatPermission) }
    },
  )
  scope.delete<{ Params: ConsentParams }>(
    path,
    { schema: { params: ConsentParams } },
    async (request, reply) => {
      state.directories.withdraw(request.params.directory_id, request.params.client_id)
      return reply.code(204).send()
    },
  )
}

function applicationChange(body: ApplicationBody): ApplicationChange {
  const { certificates, secrets, display_name, required_roles, redirect_uris, disabled } = body
  return {
    ...(certificates === undefined ? undefined : { certificates }),
    ...(secrets === undefined ? undefined : { secrets: secrets.map(secret) }),
    ...(display_name === undefined ? undefined : { displayName: display_name }),
    ...(required_roles === undefined ? undefined : { requiredRoles: permissions(required_roles) }),
    ...(redirect_uris === undefined ? undefined : { redirectUris: redirect_uris }),
    ...(disabled === undefined ? undefined : { disabled }),
  }
}

type SecretBody = NonNullable<ApplicationBody['secrets']>[number]

function secret(body: SecretBody) {
  if (typeof body === 'string') return { value: body }
  return { value: body.value, expiresAt: Date.parse(body.expires_at) }
}

/** The schema has let through only what can be read. */
function permissions(roles: readonly string[]): readonly Permission[] {
  return roles.map(parsePermission).filter((role) => role !== undefined)
}
