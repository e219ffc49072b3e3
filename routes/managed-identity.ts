import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyError } from 'fastify'
import Type from 'typebox'
import type { IdentifyCaller } from '../src/broker/identify-caller.ts'
import type { AwaitToken } from '../src/broker/record-issuance.ts'
import type { WholeGrantRequest } from '../src/broker/token-request.ts'
import type { InputFault } from '../src/domain/failure.ts'
import { authenticateKey } from '../src/http/client-authentication.ts'
import { givenTwice } from '../src/http/form-bodies.ts'
import { forbidStoring, readRefusal, sendRefusal } from '../src/http/oauth-errors.ts'
import { readResource } from '../src/http/oauth-scope.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import type { Refuse } from '../src/http/refuse-authentication.ts'
import { success } from '../src/schemas/common.ts'
import { errorReplies, type ManagedIdentityError, ManagedIdentityToken } from '../src/schemas/oauth.ts'

export interface ManagedIdentityOptions {
  readonly enabled: boolean
  readonly identifyCaller: IdentifyCaller
  readonly refuse: Refuse
  readonly awaitToken: AwaitToken
  readonly wholeGrantRequest: WholeGrantRequest
}

const version = '2019-08-01'
const text = (description: string) => Type.Optional(Type.String({ description }))

const Query = Type.Object({
  'api-version': text(`\`${version}\`.`),
  resource: text('`https://graph.microsoft.com`, for example.'),
  client_id: text("The tenant: its id or its directory's GUID."),
  object_id: text(
    'Refused, as `principal_id`, `mi_res_id` and `msi_res_id` are: a tenant has none of these.',
  ),
  principal_id: text('Refused.'),
  mi_res_id: text('Refused.'),
  msi_res_id: text('Refused.'),
})
type Query = Type.Static<typeof Query>

const schema = {
  operationId: 'requestManagedIdentityToken',
  tags: ['OAuth clients'],
  security: [{ identity_header: [] }],
  summary: 'Get an access token as from a managed identity',
  description:
    "The protocol of Azure App Service's managed identities, for clients that exist. Only where the broker runs " +
    'with `MSI=on`. The token is that of `POST /tokens` for all that the caller is granted of the resource.',
  querystring: Query,
  response: { 200: success(ManagedIdentityToken, 'A token.'), ...errorReplies('ManagedIdentityError') },
}

/** Never 404 or 410: Microsoft's clients take these for an endpoint that is starting, and try for 20 seconds. */
export const managedIdentity: FastifyPluginCallbackTypebox<ManagedIdentityOptions> = (app, options, done) => {
  const { enabled, identifyCaller, refuse, awaitToken, wholeGrantRequest } = options
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = readRefusal(error, request)
    const body: ManagedIdentityError = {
      statusCode: refusal.status,
      message: refusal.description,
      error: refusal.error,
      error_description: refusal.description,
    }
    return sendRefusal(refusal, reply, body)
  })
  // What is given twice comes as a list, and no schema says so in words that help.
  app.addHook('preValidation', (request, _reply, next) => {
    const { query } = request
    const given: readonly [string, unknown][] = Object.entries(typeof query === 'object' ? { ...query } : {})
    const [twice] = given.find(([, value]) => Array.isArray(value)) ?? []
    next(twice === undefined ? undefined : new FailureError(givenTwice(twice)))
  })
  app.get('/msi/token', { schema, config: { public: true } }, async (request, reply) => {
    if (!enabled) throw invalid({ pointer: '/MSI', detail: 'It is off here. Start the broker with MSI=on.' })
    const key = String(request.headers['x-identity-header'] ?? '')
    const identified = await authenticateKey(identifyCaller, key)
    if (!identified.ok) throw new FailureError(refuse(identified.failure, request, key || undefined))
    const { caller, callerIsKnown } = identified.value
    const { tenant, resource } = readQuery(request.query)
    const uri = readResource({ resource })
    const asked = wholeGrantRequest({ tenant, uri, scope: resource }, callerIsKnown)
    const { accessToken, token } = unwrap(await awaitToken(caller.id, asked, request.id))
    forbidStoring(reply)
    // No `expires_in`: Azure's library for .NET reads both into one property.
    return {
      access_token: accessToken,
      expires_on: String(token.expiresAtUnix),
      resource,
      token_type: 'Bearer' as const,
    }
  })
  done()
}

/** Which tenant and which resource; every fault of the query at once. */
function readQuery(query: Query): { readonly tenant: string; readonly resource: string } {
  const { resource, client_id: tenant, 'api-version': asked } = query
  const otherNames = (['object_id', 'principal_id', 'mi_res_id', 'msi_res_id'] as const).filter(
    (name) => query[name] !== undefined,
  )
  const faults = [
    ...(asked === version ? [] : [{ pointer: '/api-version', detail: `It must be ${version}.` }]),
    ...otherNames.map((name) => ({ pointer: `/${name}`, detail: 'A tenant is named by client_id alone.' })),
    ...(resource
      ? []
      : [{ pointer: '/resource', detail: 'Name one, https://graph.microsoft.com for example.' }]),
    ...(tenant ? [] : [{ pointer: '/client_id', detail: 'Name the tenant: set AZURE_CLIENT_ID to its id.' }]),
  ]
  if (faults.length > 0 || !resource || !tenant) throw invalid(...faults)
  return { tenant, resource }
}

function invalid(...faults: InputFault[]): FailureError {
  return new FailureError({ code: 'invalid_request', faults })
}
