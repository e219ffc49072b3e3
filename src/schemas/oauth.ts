import Type from 'typebox'
import { Closed, Words } from './common.ts'

const text = (description: string) => Type.Optional(Type.String({ description }))

/** What Entra's clients take for a directory. One that is none answers like one that nobody has. */
export const TenantSegment = Type.String({
  pattern: '^[A-Za-z0-9.-]{1,128}$',
  description: "The tenant's id, or the GUID of its Microsoft Entra directory.",
  examples: ['contoso'],
})

/**
 * RFC 6749 §4.4.2. Open: what is not known is ignored (§3.2), and Microsoft's clients send much. `claims` too: it
 * answers a challenge that only tokens for clients with capabilities bring, and the broker declares none to Entra.
 */
export const OauthTokenForm = Type.Object(
  {
    grant_type: Type.String({ description: '`client_credentials`.' }),
    client_id: text('The id of the caller. Left out where `Authorization: Basic` or an assertion says it.'),
    client_secret: text('An API key of the caller.'),
    client_assertion_type: text('`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.'),
    client_assertion: text('A JWT of an issuer that the broker trusts, in the place of a secret.'),
    scope: text('`https://graph.microsoft.com/.default`, or the same of another resource. Default: Graph.'),
    resource: text('The resource, for clients that know no scope.'),
  },
  {
    $id: 'OauthTokenForm',
    description: 'RFC 6749 §4.4.2. Other parameters are ignored.',
    examples: [
      {
        grant_type: 'client_credentials',
        client_id: 'orders-service',
        client_secret: 'gtb.…',
        scope: 'https://graph.microsoft.com/.default',
      },
    ],
  },
)
export type OauthTokenForm = Type.Static<typeof OauthTokenForm>

const accessToken = Type.String({
  description: 'Opaque to you; send it as `Authorization: Bearer`.',
  examples: ['eyJ…'],
})
const seconds = Type.Integer({ description: 'Seconds that the token still lives.', examples: [3540] })

export const OauthToken = Closed(
  { token_type: Words(['Bearer']), expires_in: seconds, ext_expires_in: seconds, access_token: accessToken },
  { $id: 'OauthToken', description: 'RFC 6749 §5.1, as Entra writes it.' },
)

const reason = {
  error: Type.String({ description: 'What clients decide by.', examples: ['invalid_client'] }),
  error_description: Type.String({
    description: "The broker's own code, what went wrong, what to do next, and the id of the request.",
  }),
}

export const OauthError = Closed(
  {
    ...reason,
    trace_id: Type.String({ description: "Entra's trace id where Entra refused, else the request's id." }),
    correlation_id: Type.String({
      description: "Entra's correlation id where Entra refused, else the request's id.",
    }),
    timestamp: Type.String({ examples: ['2026-11-20 12:00:00Z'] }),
  },
  { $id: 'OauthError', description: 'RFC 6749 §5.2, as Entra writes it.' },
)
export type OauthError = Type.Static<typeof OauthError>

export const ManagedIdentityToken = Closed(
  {
    access_token: accessToken,
    expires_on: Type.String({ description: 'When it expires, in Unix seconds.', examples: ['1795181540'] }),
    resource: Type.String({ description: 'As it was asked for.' }),
    token_type: Words(['Bearer']),
  },
  { $id: 'ManagedIdentityToken', description: 'As Azure App Service writes it, version 2019-08-01.' },
)

export const ManagedIdentityError = Closed(
  { statusCode: Type.Integer(), message: Type.String(), ...reason },
  { $id: 'ManagedIdentityError', description: 'In the words of all the clients that there are.' },
)
export type ManagedIdentityError = Type.Static<typeof ManagedIdentityError>

const url = (description: string) => Type.String({ format: 'uri', description })
const list = Type.Array(Type.String())

export const OauthMetadata = Closed(
  {
    issuer: url('Where this document is found from.'),
    token_endpoint: url('Where tokens are had.'),
    authorization_endpoint: url("Nothing is there: nobody signs in. Microsoft's clients want it named."),
    jwks_uri: url("An empty key set: tokens are Entra's, and so are their keys."),
    grant_types_supported: list,
    response_types_supported: list,
    subject_types_supported: list,
    id_token_signing_alg_values_supported: list,
    token_endpoint_auth_methods_supported: list,
    token_endpoint_auth_signing_alg_values_supported: Type.Optional(list),
  },
  { $id: 'OauthMetadata', description: 'OpenID Connect Discovery 1.0 and RFC 8414.' },
)

export const EmptyKeySet = Closed(
  { keys: Type.Array(Type.Object({}), { maxItems: 0 }) },
  { $id: 'EmptyKeySet', description: 'RFC 7517 §5.' },
)

/** The error replies of the routes for OAuth clients, who read no problem details. */
export function errorReplies(name: 'OauthError' | 'ManagedIdentityError') {
  const content = { 'application/json': { schema: Type.Ref(name) } }
  return {
    '4xx': { description: 'The request cannot be served; `error_description` says what to do.', content },
    '5xx': { description: 'The broker or something that it depends on failed.', content },
  }
}
