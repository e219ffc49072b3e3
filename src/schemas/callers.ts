import Type from 'typebox'
import { callerRoles } from '../domain/caller.ts'
import { Closed, NextPageToken, PermissionName, Slug, Timestamp, Words } from './common.ts'
import { Labels } from './tenants.ts'
import { Dialect } from './tokens.ts'

const Excess = Words(['refuse', 'allow'], {
  description:
    'What to do with a token that carries more than the grants name, since Entra cannot narrow one: `refuse` it ' +
    '(403) or `allow` it.',
})

const Selector = Type.Union(
  [
    Type.Literal('*'),
    Closed({ ids: Type.Array(Slug, { minItems: 1, maxItems: 1000, uniqueItems: true }) }),
    Closed({ labels: Type.Unsafe<Record<string, string>>({ ...Labels, minProperties: 1 }) }),
  ],
  { description: 'Which tenants: all (`*`), these ids, or those that have all these labels.' },
)

const RateLimit = Type.Integer({
  minimum: 1,
  maximum: 10_000_000,
  description:
    'How many token requests a minute the caller may make; those of a whole minute may come at once. Each replica ' +
    'counts for itself. What is more is answered 429. Without it there is no limit.',
  examples: [600],
})

const Permissions = Type.Array(PermissionName, { minItems: 1, maxItems: 200 })

const Identity = Closed(
  {
    issuer: Type.String({
      pattern: '^https://[!-~]{1,504}$',
      description: '`iss` of its tokens, exactly; one of those that the broker is configured to trust.',
      examples: ['https://kubernetes.default.svc.cluster.local'],
    }),
    subject: Type.String({
      pattern: '^[ -~]{1,255}$',
      description: '`sub` of its tokens, exactly.',
      examples: ['system:serviceaccount:orders:api'],
    }),
  },
  { description: 'Who an issuer of JWTs says that this caller is. An identity belongs to one caller.' },
)

const declared = {
  id: Slug,
  role: Words(callerRoles, {
    description: '`caller` asks for tokens; `operator` manages the registry too; `auditor` reads it.',
  }),
  dialect: Type.Optional(Dialect),
  rate_limit: Type.Optional(RateLimit),
}

const settable = {
  ...declared,
  identities: Type.Optional(Type.Array(Identity, { maxItems: 20, uniqueItems: true })),
  enabled: Type.Optional(
    Type.Boolean({
      description: 'False: none of its keys and identities is accepted. True where not given.',
    }),
  ),
  grants: Type.Array(Closed({ tenants: Selector, permissions: Permissions, excess: Type.Optional(Excess) }), {
    maxItems: 100,
  }),
}

export const CallerRequest = Closed(settable, {
  $id: 'CallerRequest',
  examples: [
    { id: 'orders-service', role: 'caller', grants: [{ tenants: '*', permissions: ['Mail.Read'] }] },
  ],
})
export type CallerRequest = Type.Static<typeof CallerRequest>

/** For PUT, where the path names the record; an `id` in the body must be the same. */
export const CallerReplacement = Closed(
  { ...settable, id: Type.Optional(Slug) },
  {
    $id: 'CallerReplacement',
    examples: [{ role: 'caller', grants: [{ tenants: '*', permissions: ['Mail.Read'] }] }],
  },
)

const KeySummary = Closed({ id: Type.String(), created_at: Timestamp, expires_at: Type.Optional(Timestamp) })

export const CallerResponse = Closed(
  {
    ...declared,
    identities: Type.Array(Identity),
    enabled: Type.Boolean({ description: 'False: none of its keys and identities is accepted.' }),
    grants: Type.Array(Closed({ tenants: Selector, permissions: Permissions, excess: Excess })),
    keys: Type.Array(KeySummary),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Caller', description: 'An internal service or a person that may call the broker.' },
)
export type CallerResponse = Type.Static<typeof CallerResponse>

export const CallerList = Closed(
  { items: Type.Array(Type.Unsafe<CallerResponse>(Type.Ref('Caller'))), next_page_token: NextPageToken },
  { $id: 'CallerList' },
)

export const KeyList = Closed({ items: Type.Array(KeySummary) }, { $id: 'KeyList' })

export const KeyRequest = Closed(
  { expires_at: Type.Optional(Timestamp) },
  { $id: 'KeyRequest', examples: [{}] },
)
export type KeyRequest = Type.Static<typeof KeyRequest>

export const KeyResponse = Closed(
  {
    id: Type.String(),
    key: Type.String({
      description: 'Shown this once and never again; the broker keeps its SHA-256 alone.',
      examples: ['gtb.<key id>.<secret>'],
    }),
    created_at: Timestamp,
    expires_at: Type.Optional(Timestamp),
  },
  { $id: 'Key', description: 'A new API key.' },
)
export type KeyResponse = Type.Static<typeof KeyResponse>
