import Type, { type Static } from 'typebox'
import { resources } from '../../src/domain/permission.ts'
import { domainPattern, guidPattern } from './identifiers.ts'

const closed = { additionalProperties: false }
const Guid = Type.String({ pattern: guidPattern })
/** `Mail.Read` of Graph, or `outlook:IMAP.AccessAsApp`. */
const Role = Type.String({ pattern: `^((${resources.join('|')}):)?[A-Za-z][A-Za-z0-9._-]*$` })

export const ApplicationParams = Type.Object({ client_id: Guid })
export type ApplicationParams = Static<typeof ApplicationParams>

export const ApplicationBody = Type.Object(
  {
    certificates: Type.Optional(Type.Array(Type.String())),
    secrets: Type.Optional(
      Type.Array(
        Type.Union([
          Type.String({ minLength: 1 }),
          Type.Object(
            { value: Type.String({ minLength: 1 }), expires_at: Type.String({ format: 'date-time' }) },
            closed,
          ),
        ]),
      ),
    ),
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    /** What an administrator's Accept grants. */
    required_roles: Type.Optional(Type.Array(Role)),
    redirect_uris: Type.Optional(Type.Array(Type.String({ format: 'uri' }))),
    disabled: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type ApplicationBody = Static<typeof ApplicationBody>

export const DirectoryParams = Type.Object({ directory_id: Guid })
export type DirectoryParams = Static<typeof DirectoryParams>

export const DirectoryBody = Type.Object(
  {
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    domains: Type.Optional(Type.Array(Type.String({ pattern: domainPattern, maxLength: 253 }))),
    /** Who opens the consent page: its administrator, somebody else of it, or the administrator of another one. */
    visitor: Type.Optional(Type.Union([Type.Literal('administrator'), Type.Literal('user'), Guid])),
    /** Sends whoever opens the consent page back at once with this; null lets them see it again. */
    consent_error: Type.Optional(
      Type.Union([
        Type.Null(),
        Type.Object(
          {
            error: Type.String({ minLength: 1 }),
            error_subcode: Type.Optional(Type.String()),
            error_description: Type.Optional(Type.String()),
          },
          closed,
        ),
      ]),
    ),
  },
  closed,
)
export type DirectoryBody = Static<typeof DirectoryBody>

export const ConsentParams = Type.Object({ directory_id: Guid, client_id: Guid })
export type ConsentParams = Static<typeof ConsentParams>

export const ConsentBody = Type.Object({ roles: Type.Array(Role) }, closed)
export type ConsentBody = Static<typeof ConsentBody>
