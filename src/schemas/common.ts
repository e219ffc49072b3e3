import Type from 'typebox'
import { cloudNames } from '../domain/cloud.ts'
import { guidPattern, slugPattern } from '../domain/identifier.ts'

/** A reference to a schema that is registered under its `$id`, with the type of what it refers to. */
export function ref<T extends Type.TSchema>(schema: T) {
  if (!('$id' in schema) || typeof schema.$id !== 'string')
    throw new Error('only a schema with an $id has a name')
  return Type.Unsafe<Type.Static<T>>(Type.Ref(schema.$id))
}

/** A successful reply of this shape, with the words that its documentation shows. */
export function success<T extends Type.TSchema>(schema: T, description: string) {
  return Type.Unsafe<Type.Static<T>>({ ...ref(schema), description })
}

/** One of these words, as a single `enum`, which reads better in documentation than an `anyOf` of constants. */
export function Words<const Word extends string>(words: readonly Word[], options: Type.TSchemaOptions = {}) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words], ...options })
}

/** An object that refuses members which it does not name. */
export function Closed<Properties extends Type.TProperties>(
  properties: Properties,
  options: Type.TSchemaOptions = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

export const Slug = Type.String({
  pattern: slugPattern,
  description: 'An id of your choice: lower-case letters, digits and hyphens, at most 63 characters.',
  examples: ['contoso'],
})

export const Guid = Type.String({ pattern: guidPattern, examples: ['6ba7b810-9dad-41d1-80b4-00c04fd430c8'] })

/** RFC 3339 without what `Date` cannot read or write back: leap seconds, offsets of hours alone, the last year. */
const timestamp = '^(?!9999)\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$'

export const Timestamp = Type.String({
  format: 'date-time',
  pattern: timestamp,
  description: 'RFC 3339, UTC.',
  examples: ['2026-11-20T12:00:00.000Z'],
})

export const CloudName = Words(cloudNames, {
  description: 'Microsoft cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china` (21Vianet).',
})

export const PermissionName = Type.String({
  minLength: 1,
  maxLength: 128,
  description:
    'An application permission: `Mail.Read` of Microsoft Graph, `outlook:IMAP.AccessAsApp` of Exchange Online.',
  examples: ['Mail.Read'],
})

export const Aadsts = Type.Array(Type.Integer(), {
  description: "Entra's own error codes. They refine `code`, and may change; programs decide by `code`.",
  examples: [[700016]],
})

export const HttpsUrl = Type.String({
  pattern: '^https://[^\\s"<>\\\\]+$',
  maxLength: 2048,
  examples: ['https://example.com/support'],
})

const authority = '(https://[^\\s"<>\\\\@/?#]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d{1,5})?)'

/** Where people are led back to: https, or http on their own machine, and no name and password in it. */
export const ReturnUrl = Type.String({
  pattern: `^${authority}([/?#][^\\s"<>\\\\]*)?$`,
  maxLength: 2048,
  description: 'A link on the page that ends a consent. `http` serves on loopback alone.',
  examples: ['https://example.com/connected'],
})

export const PageQuery = Closed({
  page_size: Type.Optional(
    Type.String({
      pattern: '^([1-9][0-9]?|1[0-9]{2}|200)$',
      description: 'Items a page, 1 to 200; 50 where not given.',
    }),
  ),
  page_token: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: '`next_page_token` of the page before.' }),
  ),
})
export type PageQuery = Type.Static<typeof PageQuery>

export const NextPageToken = Type.Optional(
  Type.String({ description: 'Pass as `page_token` for the next page; absent on the last one.' }),
)

/** A merge patch (RFC 7396) of a record; what it results in is validated like a PUT. */
export function MergePatch(of: string, example: object) {
  return Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    examples: [example],
    description: `A merge patch (RFC 7396) of \`${of}\`: members that are given replace, \`null\` removes.`,
  })
}

export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag of the version that is changed; PATCH wants it.' }),
  ),
})
