import Type from 'typebox'
import { Closed, NextPageToken, PageQuery, Timestamp } from './common.ts'

export const ChangeQuery = Closed({
  ...PageQuery.properties,
  actor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 63, description: 'Id of the caller who changed.' }),
  ),
  target: Type.Optional(
    Type.String({
      pattern: '^[a-z]+(/[a-z0-9-]{1,63}){0,3}$',
      description: 'A record and everything under it: `tenants/contoso`; or a kind: `callers`.',
    }),
  ),
  since: Type.Optional(Type.Unsafe<string>({ ...Timestamp, description: 'From this time on.' })),
  until: Type.Optional(Type.Unsafe<string>({ ...Timestamp, description: 'Before this time.' })),
})
export type ChangeQuery = Type.Static<typeof ChangeQuery>

const Change = Closed({
  at: Timestamp,
  actor: Type.String(),
  action: Type.String({ examples: ['tenant.created'] }),
  target: Type.String({ examples: ['tenants/contoso'] }),
  before: Type.Optional(Type.Unknown({ description: 'The record before; absent where it was created.' })),
  after: Type.Optional(Type.Unknown({ description: 'The record after; absent where it was removed.' })),
  request_id: Type.String(),
})

export const ChangeList = Closed(
  { items: Type.Array(Change), next_page_token: NextPageToken },
  { $id: 'ChangeList', description: 'Changes of the registry, the newest first.' },
)
