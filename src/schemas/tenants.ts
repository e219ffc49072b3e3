import Type from 'typebox'
import { domainPattern } from '../domain/identifier.ts'
import { consentStatuses, roleChecks } from '../domain/tenant.ts'
import {
  Aadsts,
  Closed,
  CloudName,
  Guid,
  NextPageToken,
  PageQuery,
  Slug,
  Timestamp,
  Words,
} from './common.ts'

export const Labels = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: { pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' },
  additionalProperties: { type: 'string', maxLength: 63, pattern: '^[A-Za-z0-9._-]*$' },
  maxProperties: 32,
  description: 'Names and values of your choice; grants can select tenants by them.',
  examples: [{ plan: 'enterprise' }],
})

const RoleCheck = Words(roleChecks, {
  description:
    '`strict`: a token without a permission that was asked for is refused (409). `warn`: it is handed out and what ' +
    'is missing is named.',
})

const declared = {
  id: Slug,
  directory_id: Type.Unsafe<string>({
    ...Guid,
    description: 'The directory (tenant) id in Microsoft Entra.',
  }),
  display_name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 120,
      description: "The customer's name, for people.",
      examples: ['Contoso Ltd'],
    }),
  ),
}

const Applications = Type.Array(Slug, {
  minItems: 1,
  maxItems: 20,
  uniqueItems: true,
  description: 'Ids of the applications that act in this directory.',
})

const settable = {
  ...declared,
  directory_id: Type.Optional(declared.directory_id),
  domain: Type.Optional(
    Type.String({
      pattern: domainPattern,
      description:
        'In the place of `directory_id`: a domain that the directory has verified. Entra is asked once.',
      examples: ['contoso.com'],
    }),
  ),
  applications: Applications,
  cloud: Type.Optional(CloudName),
  labels: Type.Optional(Labels),
  role_check: Type.Optional(RoleCheck),
  enabled: Type.Optional(
    Type.Boolean({ description: 'False hands out nothing. Disabling also forgets the cached tokens.' }),
  ),
}

export const TenantRequest = Closed(settable, {
  $id: 'TenantRequest',
  examples: [{ id: 'contoso', directory_id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8', applications: ['sync'] }],
})
export type TenantRequest = Type.Static<typeof TenantRequest>

/** For PUT, where the path names the record; an `id` in the body must be the same. */
export const TenantReplacement = Closed(
  { ...settable, id: Type.Optional(Slug) },
  {
    $id: 'TenantReplacement',
    examples: [{ directory_id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8', applications: ['sync'] }],
  },
)

export const TenantQuery = Closed({
  ...PageQuery.properties,
  status: Type.Optional(
    Words(consentStatuses, { description: 'Tenants with an application in this consent status.' }),
  ),
  failing: Type.Optional(Words(['true', 'false'], { description: 'Whether the last acquisition failed.' })),
  label: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]{0,62}=[A-Za-z0-9._-]{0,63}$',
      description: '`name=value`.',
    }),
  ),
  directory_id: Type.Optional(Guid),
})
export type TenantQuery = Type.Static<typeof TenantQuery>

const Failure = Closed({
  code: Type.String({ examples: ['application_not_in_directory'] }),
  at: Timestamp,
  trace_id: Type.Optional(Type.String()),
  correlation_id: Type.Optional(Type.String()),
  aadsts: Type.Optional(Aadsts),
})

const Consent = Closed({
  application: Slug,
  status: Words(consentStatuses, {
    description: 'What the last token showed. `unknown`: none was had yet.',
  }),
  missing_permissions: Type.Array(Type.String()),
  admin_consent_url: Type.String({ description: "Send this to the customer's administrator." }),
  last_failure: Type.Optional(Failure),
})

export const TenantResponse = Closed(
  {
    ...declared,
    applications: Applications,
    cloud: CloudName,
    labels: Labels,
    role_check: RoleCheck,
    enabled: Type.Boolean({ description: 'False: no token of it is handed out.' }),
    consents: Type.Array(Consent),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Tenant', description: "A customer's Microsoft Entra directory." },
)
export type TenantResponse = Type.Static<typeof TenantResponse>

export const TenantList = Closed(
  { items: Type.Array(Type.Unsafe<TenantResponse>(Type.Ref('Tenant'))), next_page_token: NextPageToken },
  { $id: 'TenantList' },
)
