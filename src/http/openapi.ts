import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

const description = `Keeps an organisation's daemon-app certificates in Azure Key Vault and hands its internal services cached
app-only Microsoft Graph access tokens, for every customer directory that consented. One call matters to most:
\`POST /tokens\`.

**Errors** are problem details (RFC 9457): programs decide by \`code\`, people read \`detail\` and \`hint\`, and
\`instance\` finds the request in the log and the audit. 4xx but 429: asking again changes nothing before somebody
acts. 429 and 503 pass; \`Retry-After\` says when.

**Records** are read with an \`ETag\`, which PATCH wants as \`If-Match\` (428 without, 412 where the record has
changed since) and PUT and DELETE heed where it is given. PUT and DELETE can be repeated. **Lists** come in pages:
pass \`next_page_token\` as \`page_token\` until there is none, or follow the \`Link\` header.

Replies may get new members, and their words new values: ignore what you do not know. Requests are closed: a
member that is not known is an error.`

/** The OpenAPI document, made from the schemas that also validate and serialise. Goes before the routes. */
export async function describeApi(
  app: FastifyInstance,
  options: { readonly version: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'graph-token-broker',
        version: options.version,
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'Tokens', description: 'For internal services.' },
        { name: 'OAuth clients', description: 'Tokens for clients that exist, without a change of code.' },
        { name: 'Scopes', description: "The platforms' scopes and the permissions that they stand for." },
        { name: 'Applications', description: 'App registrations and their credentials.' },
        { name: 'Tenants', description: "Customers' directories." },
        { name: 'Callers', description: 'Who may ask for what.' },
        { name: 'Consent', description: "For customers' administrators." },
        { name: 'Operations', description: 'Audit of changes, export, health and metrics.' },
      ],
      components: {
        securitySchemes: {
          api_key: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'gtb.<key id>.<secret>',
            description: 'An API key of a caller.',
          },
          jwt: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'A JWT of an issuer that the broker is configured to trust, whose issuer and subject are those of a caller.',
          },
          client_secret_basic: {
            type: 'http',
            scheme: 'basic',
            description: 'The id of a caller, and an API key of it (RFC 6749 §2.3.1).',
          },
          identity_header: {
            type: 'apiKey',
            in: 'header',
            name: 'X-IDENTITY-HEADER',
            description: 'An API key of a caller.',
          },
        },
      },
      security: [{ api_key: [] }, { jwt: [] }],
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) =>
        typeof schema['$id'] === 'string' ? schema['$id'] : `def-${index}`,
    },
  })
}
