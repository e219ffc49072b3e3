import Type from 'typebox'
import { fidelities } from '../catalogue/dialect.ts'
import { resources } from '../domain/permission.ts'
import { Closed, Guid, PermissionName, Words } from './common.ts'
import { UnmappedScopes } from './problem.ts'
import { Dialect, Scopes } from './tokens.ts'

export const TranslationRequest = Closed(
  { dialect: Type.Optional(Dialect), scopes: Scopes },
  {
    $id: 'TranslationRequest',
    examples: [{ dialect: 'aurinko', scopes: ['Mail.ReadOnly, Calendar.ReadWrite'] }],
  },
)

const Resource = Words(resources, { description: '`graph` is Microsoft Graph, `outlook` Exchange Online.' })

export const TranslationResponse = Closed(
  {
    permissions: Type.Array(
      Closed({
        resource: Resource,
        value: Type.String({ examples: ['Mail.Read'] }),
        id: Type.Unsafe<string>({ ...Guid, description: 'The app role id, unique within its resource.' }),
        display_name: Type.String({ examples: ['Read mail in all mailboxes'] }),
      }),
    ),
    ignored: Type.Array(Type.String(), {
      description: 'What was asked for and is no permission, like `openid`.',
    }),
    unmapped: UnmappedScopes,
    notes: Type.Array(Type.String(), { description: 'What to know before relying on these permissions.' }),
  },
  { $id: 'TranslationResponse', description: 'What the scopes stand for. Nothing is issued.' },
)
export type TranslationResponse = Type.Static<typeof TranslationResponse>

export const DialectResponse = Closed(
  {
    id: Dialect,
    title: Type.String(),
    scopes: Type.Array(
      Closed({
        scope: Type.String(),
        permissions: Type.Array(PermissionName),
        fidelity: Words(fidelities, {
          description:
            '`exact`; `broader`: the permissions allow more; `no_equivalent`: there is none, and the scope is ' +
            'refused; `ignored`: it asks for none.',
        }),
        alias_of: Type.Optional(Type.String()),
        note: Type.Optional(Type.String()),
      }),
    ),
  },
  { $id: 'Dialect', description: 'Scopes and the application permissions that they stand for.' },
)
export type DialectResponse = Type.Static<typeof DialectResponse>

export const DialectList = Closed(
  {
    items: Type.Array(Type.Unsafe<DialectResponse>(Type.Ref('Dialect'))),
  },
  { $id: 'DialectList' },
)
