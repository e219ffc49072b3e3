import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Schema, typeOf } from '../../scripts/client-types/type-of.ts'
import { compareDocuments } from '../../scripts/openapi-breaking/compare-documents.ts'

const word = { type: 'string' }
const request: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['tenant'],
  properties: {
    tenant: { type: 'string', maxLength: 64 },
    kind: { enum: ['a', 'b'] },
    scopes: { type: 'array', items: word },
    form: { oneOf: [word, { type: 'integer' }] },
  },
}
const reply: Schema = {
  type: 'object',
  required: ['token'],
  properties: { token: word, next: { $ref: '#/components/schemas/Reply' }, kind: { enum: ['a'] } },
}

interface Change {
  readonly request?: Schema
  readonly reply?: Schema
  readonly operation?: Schema
  readonly parameters?: readonly Schema[]
  readonly security?: readonly Schema[]
  readonly path?: string
  readonly method?: string
  readonly responses?: Schema
}

const json = (schema: Schema) => ({ content: { 'application/json': { schema } } })

function documentWith(change: Change = {}) {
  const answers = { 200: { ...json({ $ref: '#/components/schemas/Reply' }), headers: { ETag: {} } }, 409: {} }
  return {
    security: change.security ?? [{ api_key: [] }],
    paths: {
      [change.path ?? '/tokens/{id}']: {
        [change.method ?? 'post']: {
          parameters: change.parameters ?? [{ in: 'query', name: 'page_size', schema: word }],
          requestBody: json({ $ref: '#/components/schemas/Request' }),
          responses: change.responses ?? answers,
          ...change.operation,
        },
      },
    },
    components: { schemas: { Request: change.request ?? request, Reply: change.reply ?? reply } },
  }
}

const withRequest = (properties: Schema, more: Schema = {}): Change => ({
  request: { ...request, ...more, properties: { ...Object(request['properties']), ...properties } },
})
const withReply = (properties: Schema, more: Schema = {}): Change => ({
  reply: { ...reply, ...more, properties: { ...Object(reply['properties']), ...properties } },
})
const without = (schema: Schema, name: string): Schema => {
  const { [name]: _, ...properties } = Object(schema['properties'])
  return { ...schema, properties }
}

const at = 'POST /tokens/{}'
const breaking: readonly [what: string, change: Change, told: readonly string[]][] = [
  ['a path is removed', { path: '/other' }, [`${at}: removed`]],
  ['a method is removed', { method: 'put' }, [`${at}: removed`]],
  [
    'an answer is removed',
    { responses: { 200: documentWith().paths['/tokens/{id}']?.['post']?.responses['200'] } },
    [`${at} 409: this answer was removed`],
  ],
  ['a member of a reply is removed', { reply: without(reply, 'kind') }, [`${at} 200 gives $.kind: removed`]],
  [
    'a member of a reply is not always there',
    withReply({}, { required: [] }),
    [`${at} 200 gives $.token: no longer always there`],
  ],
  [
    'a member of a reply has another type',
    withReply({ token: { type: ['string', 'null'] } }),
    [`${at} 200 gives $.token: the type "string" became ["string","null"]`],
  ],
  [
    'a member of a request is required',
    withRequest({ fresh: word }, { required: ['tenant', 'fresh'] }),
    [`${at} takes $.fresh: required now`],
  ],
  [
    'a member of a request is removed',
    { request: without(request, 'kind') },
    [`${at} takes $.kind: removed`],
  ],
  [
    'a word is not taken any more',
    withRequest({ kind: { enum: ['a'] } }),
    [`${at} takes $.kind: the value "b" is not taken any more`],
  ],
  [
    'only certain words are taken',
    withRequest({ tenant: { type: 'string', maxLength: 64, enum: ['a'] } }),
    [`${at} takes $.tenant: only certain values are taken now`],
  ],
  [
    'a request has another type',
    withRequest({ scopes: word }),
    [`${at} takes $.scopes: the type "array" became "string"`],
  ],
  [
    'what is in a list has another type',
    withRequest({ scopes: { type: 'array', items: { type: 'integer' } } }),
    [`${at} takes $.scopes[]: the type "string" became "integer"`],
  ],
  [
    'a limit is tighter',
    withRequest({ tenant: { type: 'string', maxLength: 63 } }),
    [`${at} takes $.tenant: maxLength was 64 and is 63`],
  ],
  [
    'a pattern is added',
    withRequest({ tenant: { type: 'string', maxLength: 64, pattern: 'x' } }),
    [`${at} takes $.tenant: the pattern is another one`],
  ],
  [
    'a form is removed',
    withRequest({ form: { oneOf: [word] } }),
    [`${at} takes $.form: a form of oneOf was removed`],
  ],
  ['a parameter is removed', { parameters: [] }, [`${at}: the parameter query page_size was removed`]],
  [
    'a parameter is required',
    { parameters: [{ in: 'query', name: 'page_size', required: true, schema: word }] },
    [`${at}: the parameter query page_size is required now`],
  ],
  [
    'a body is required',
    { operation: { requestBody: { ...json({ $ref: '#/components/schemas/Request' }), required: true } } },
    [`${at}: a body is required now`],
  ],
  [
    'another way to be let in is wanted',
    { security: [{ jwt: [] }] },
    [`${at}: {"api_key":[]} is not enough to be let in any more`],
  ],
  [
    'a header is removed',
    { responses: { 200: json(reply), 409: {} } },
    [`${at} 200: the header ETag was removed`],
  ],
]

for (const [what, change, told] of breaking) {
  t.test(`the check of the API stops a change by which ${what}`, async (t) => {
    t.strictSame(compareDocuments(documentWith(), documentWith(change)), told)
  })
}

t.test('an operation that was open to all and is not any more breaks its clients', async (t) => {
  const open = documentWith({ operation: { security: [] } })
  t.match(compareDocuments(open, documentWith()), [/nothing at all is not enough/])
  t.strictSame(compareDocuments(documentWith(), open), [])
})

t.test('what only adds, widens or renames what nobody sends breaks nobody', async (t) => {
  const fine: Change[] = [
    {},
    { path: '/tokens/{name}' },
    withRequest({ fresh: word, kind: { enum: ['a', 'b', 'c'] }, tenant: { type: 'string', maxLength: 65 } }),
    withRequest({ form: { oneOf: [word, { type: 'number' }, { type: 'null' }] } }, { required: [] }),
    withReply({ fresh: word, kind: { enum: ['a', 'b'] } }, { required: ['token', 'fresh'] }),
    { security: [{ api_key: [] }, { jwt: [] }] },
    {
      parameters: [
        { in: 'query', name: 'page_size', schema: word },
        { in: 'query', name: 'label', schema: word },
      ],
    },
  ]
  for (const change of fine) t.strictSame(compareDocuments(documentWith(), documentWith(change)), [])
})

t.test(
  'the document of this tree breaks no client of the released one, and the check can fail',
  async (t) => {
    const run = (...files: string[]) =>
      spawnSync(process.execPath, ['scripts/openapi-breaking.ts', ...files], { encoding: 'utf8' })
    t.strictSame([run().status, run().stderr], [0, ''])
    const without = run('openapi/openapi.json', 'package.json')
    t.equal(without.status, 1)
    t.match(without.stderr, /would stumble over:\n {2}GET \/livez: removed\n/)
    t.equal(run('one').status, 1)
  },
)

t.test('types of the client say what the schema says', async (t) => {
  t.equal(typeOf({ type: 'array', items: { type: ['string', 'null'] } }, '#'), 'ReadonlyArray<string | null>')
  t.equal(typeOf({ enum: ['a', 'b'], type: 'string' }, '#'), "'a' | 'b'")
  t.equal(typeOf({ const: 1 }, '#'), '1')
  t.equal(typeOf({ anyOf: [word, { type: 'integer' }] }, '#'), 'string | number')
  t.equal(
    typeOf({ allOf: [{ $ref: '#/components/schemas/A' }, { type: 'object' }] }, '#'),
    '(A) & (Readonly<Record<string, unknown>>)',
  )
  t.equal(typeOf({ type: 'object', additionalProperties: word }, '#'), 'Readonly<Record<string, string>>')
  t.equal(typeOf({}, '#'), 'unknown')
  const members = {
    type: 'object',
    required: ['a'],
    properties: { a: { ...word, description: 'One\n*/' }, 'b-c': word },
  }
  t.equal(typeOf(members, '#'), '{\n  /** One *\\/ */\n  readonly a: string\n  readonly "b-c"?: string\n}')
})

t.test('a schema that says something the generator does not know stops it, with the place', async (t) => {
  const unknown: [Schema, RegExp][] = [
    [{ type: 'object', properties: { a: { not: word } } }, /^#\/properties\/a: the keyword "not"/],
    [{ type: 'object', properties: {}, patternProperties: {} }, /"patternProperties"/],
    [{ oneOf: [word], properties: { a: word } }, /"properties"/],
    [{ type: 'object', properties: { a: word }, additionalProperties: word }, /others besides/],
    [{ type: 'file' }, /"file" is not known/],
    [{ $ref: 'other.json' }, /does not lead to a component/],
    [{ $ref: '#/components/schemas/A', type: 'object' }, /"type"/],
  ]
  for (const [schema, why] of unknown) t.throws(() => typeOf(schema, '#'), { message: why })
})

t.test('the committed types are those of the committed document', async (t) => {
  const { status } = spawnSync(process.execPath, ['scripts/client-types.ts', '--check'])
  t.equal(status, 0)
  t.match(readFileSync('client/src/api-types.ts', 'utf8'), 'export type TokenRequest = {')
})
