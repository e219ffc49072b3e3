import Type from 'typebox'
import { dialectIds } from '../catalogue/dialects.ts'
import { guidPattern, slugPattern } from '../domain/identifier.ts'
import { Closed, PermissionName, Slug, Words } from './common.ts'

export const Dialect = Words(dialectIds, {
  description:
    'The vocabulary of the scopes. Every dialect also takes the names and app role ids of Microsoft Graph, and ' +
    'any name behind the URI of its resource. `outlook` is the vocabulary of Exchange Online: there Graph needs ' +
    "its URI, or `graph:`. Where not given: the caller's own, else `aurinko`.",
})

export const Scopes = Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), {
  minItems: 1,
  maxItems: 100,
  description: 'Each element may itself be a list parted by space, comma or plus.',
  examples: [['Mail.Read', 'Calendar.ReadWrite']],
})

export const TokenRequest = Closed(
  {
    tenant: Type.String({
      pattern: `${slugPattern}|${guidPattern}`,
      description: "The tenant's id, or the GUID of its Microsoft Entra directory.",
      examples: ['contoso'],
    }),
    scopes: Scopes,
    dialect: Type.Optional(Dialect),
    minimum_validity_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3000,
        description: 'Seconds that the token should still live. A newer one is had where that is possible.',
      }),
    ),
    rejected_token_sha256: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description:
          'Lower-case hex SHA-256 of a token that Microsoft Graph refused. If it is still the current one, a new ' +
          'token is had instead, at most once in 30 seconds.',
      }),
    ),
  },
  { $id: 'TokenRequest', examples: [{ tenant: 'contoso', scopes: ['Mail.Read'] }] },
)
export type TokenRequest = Type.Static<typeof TokenRequest>

const Permissions = (description: string) => Type.Array(PermissionName, { description })

export const TokenResponse = Closed(
  {
    access_token: Type.String({
      description: 'Opaque to you; send it as `Authorization: Bearer`.',
      examples: ['eyJ…'],
    }),
    token_type: Words(['Bearer'], { description: 'How it is sent.' }),
    expires_in: Type.Integer({ description: 'Seconds that the token still lives.', examples: [3540] }),
    expires_at: Type.Integer({ description: 'When it expires, in Unix seconds.', examples: [1795181540] }),
    scope: Type.String({
      description: 'The permissions that you asked for and that the token carries, parted by space.',
      examples: ['Mail.Read'],
    }),
    resource: Type.String({
      description: 'The API that the token is for.',
      examples: ['https://graph.microsoft.com'],
    }),
    tenant: Slug,
    application: Slug,
    granted_permissions: Permissions(
      'Everything that the token carries: an app-only token cannot be narrowed to what was asked for.',
    ),
    excess_permissions: Permissions("What it carries beyond the caller's grants."),
    missing_permissions: Permissions(
      'What was asked for and is not in it; only for tenants with `role_check: warn`.',
    ),
  },
  { $id: 'TokenResponse', description: 'RFC 6749 §5.1, and what was really handed out beside it.' },
)
export type TokenResponse = Type.Static<typeof TokenResponse>
