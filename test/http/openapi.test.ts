import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { items, type Members, members } from './json-value.ts'

const { anonymous, sandbox } = await runSandbox(t)
const { body: document } = await anonymous('GET', '/openapi.json')
const publicOperations = [
  'GET /.well-known/oauth-authorization-server/{tenant}',
  'GET /.well-known/oauth-authorization-server/{tenant}/v2.0',
  'GET /consent/callback',
  'GET /consent/outcome/{receipt}',
  'GET /consent/{ticket}',
  'GET /livez',
  'GET /metrics',
  'GET /readyz',
  'GET /{tenant}/discovery/v2.0/keys',
  'GET /{tenant}/v2.0/.well-known/openid-configuration',
  'POST /consent/{ticket}',
]
/** For OAuth clients: errors are RFC 6749's, and the body is a form that may hold what nobody knows. */
const form = 'POST /{tenant}/oauth2/v2.0/token'
const errorShapes: Readonly<Record<string, string>> = { 'OAuth clients': 'OauthError' }
const managedIdentity = 'GET /msi/token'
/** Their bodies are open by nature (RFC 7396); what they result in is validated. */
const mergePatches = ['PATCH /applications/{id}', 'PATCH /callers/{id}', 'PATCH /tenants/{id}']

interface Operation {
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

const operations: Operation[] = []
for (const [path, methods] of Object.entries(members(document['paths']))) {
  for (const [method, value] of Object.entries(members(methods))) {
    operations.push({ name: `${method.toUpperCase()} ${path}`, value: members(value) })
  }
}

/** Every object and value of the document, with the JSON Pointer where it stands. */
function* walk(value: unknown, pointer = ''): Iterable<[pointer: string, value: unknown]> {
  yield [pointer, value]
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value))
    yield* walk(inner, `${pointer}/${name.replaceAll('/', '~1')}`)
}

function resolve(reference: string): unknown {
  let found: unknown = document
  for (const part of reference.slice(2).split('/')) {
    found = Object.getOwnPropertyDescriptor(
      members(found),
      part.replaceAll('~1', '/').replaceAll('~0', '~'),
    )?.value
  }
  return reference.startsWith('#/') ? found : undefined
}

t.test('each operation has what a reader and a generator need', async (t) => {
  const tags = items(document['tags']).map(({ name }) => name)
  const ids = operations.map(({ value }) => value['operationId'])
  t.equal(new Set(ids).size, operations.length, 'ids are unique')
  t.ok(operations.length >= 38)
  for (const { name, value } of operations) {
    t.match(value['operationId'], /^[a-z][A-Za-z]+$/, name)
    t.match(value['summary'], /^[A-Z]/, name)
    const [tag, ...others] = Array.isArray(value['tags']) ? value['tags'] : []
    t.ok(tags.includes(tag) && others.length === 0, `${name}: it has one tag, which is described`)
  }
})

t.test('each operation says who may call it', async (t) => {
  t.strictSame(document['security'], [{ api_key: [] }, { jwt: [] }])
  const open = operations.filter(
    ({ value }) => Array.isArray(value['security']) && value['security'].length === 0,
  )
  t.strictSame(open.map(({ name }) => name).sort(), publicOperations)
  t.match(document['components'], { securitySchemes: { api_key: { type: 'http', scheme: 'bearer' } } })
})

t.test('each operation answers faults with a problem, and success with a shape', async (t) => {
  for (const { name, value } of operations) {
    const responses = members(value['responses'])
    for (const range of ['4XX', '5XX']) {
      const content = members(members(responses[range])['content'])
      const [tag] = Array.isArray(value['tags']) ? value['tags'] : []
      const shape = name === managedIdentity ? 'ManagedIdentityError' : (errorShapes[tag] ?? 'Problem')
      const type = shape === 'Problem' ? 'application/problem+json' : 'application/json'
      t.strictSame(Object.keys(content), [type], `${name} ${range}`)
      t.match(content, { [type]: { schema: { $ref: `#/components/schemas/${shape}` } } }, name)
    }
    const success = Object.entries(responses).filter(([status]) => /^[23]\d\d$/.test(status))
    if (name.startsWith('PUT '))
      t.strictSame(
        success.map(([status]) => status),
        ['200', '201'],
        name,
      )
    else t.equal(success.length, name === 'GET /consent/callback' ? 2 : 1, name)
    for (const [, response] of success) t.match(members(response)['description'], /\w/, name)
  }
})

t.test('the ranges are spelled as OpenAPI spells them', async (t) => {
  const spelled = new Set(operations.flatMap(({ value }) => Object.keys(members(value['responses']))))
  t.strictSame(
    [...spelled].filter((status) => !/^(default|[1-5](XX|\d\d))$/.test(status)),
    [],
  )
})

t.test('all references lead somewhere, and nothing is named by a number', async (t) => {
  let seen = 0
  for (const [pointer, value] of walk(document)) {
    if (!pointer.endsWith('/$ref')) continue
    seen += 1
    t.type(resolve(String(value)), 'object', `${pointer}: ${String(value)}`)
  }
  t.ok(seen > 30)
  const names = Object.keys(members(members(document['components'])['schemas']))
  t.strictSame(
    names.filter((name) => !/^[A-Z][A-Za-z]+$/.test(name)),
    [],
  )
})

t.test('path parameters are declared where the path has them', async (t) => {
  for (const { name, value } of operations) {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    const parameters = items(value['parameters'])
    const declared = parameters
      .filter((parameter) => parameter['in'] === 'path')
      .map((parameter) => parameter['required'] && parameter['name'])
    t.strictSame(declared.sort(), inPath.sort(), name)
  }
})

/** What a request may look like: the schema itself, or the forms of it, which may have forms of their own. */
function formsOf(schema: Members): readonly Members[] {
  return 'oneOf' in schema ? items(schema['oneOf']).flatMap(formsOf) : [schema]
}

t.test('requests are closed, and have an example', async (t) => {
  const withBody = operations.filter(({ value }) => 'requestBody' in value)
  const open = [...mergePatches, form]
  for (const { name, value } of withBody.filter(({ name }) => !open.includes(name))) {
    const { content, required } = members(value['requestBody'])
    t.equal(required, true, name)
    t.strictSame(Object.keys(members(content)), ['application/json'], name)
    const { schema: reference } = members(members(content)['application/json'])
    const schema = members(resolve(String(members(reference)['$ref'])))
    for (const form of formsOf(schema)) t.equal(form['additionalProperties'], false, name)
    t.ok(schema['examples'] ?? schema['example'], `${name} has an example`)
  }
})

t.test('the token endpoint of OAuth takes a form, in each of the ways that clients have', async (t) => {
  const { value } = operations.find(({ name }) => name === form) ?? {}
  const { content } = members(members(value)['requestBody'])
  t.strictSame(Object.keys(members(content)), ['application/x-www-form-urlencoded'])
  t.strictSame(members(value)['security'], [{ client_secret_basic: [] }, {}])
  t.match(members(document['components'])['securitySchemes'], {
    client_secret_basic: { type: 'http', scheme: 'basic' },
    identity_header: { type: 'apiKey', in: 'header', name: 'X-IDENTITY-HEADER' },
  })
})

t.test('merge patches take both types, say whose members they take, and have an example', async (t) => {
  const patches = operations.filter(({ name }) => mergePatches.includes(name))
  t.equal(patches.length, mergePatches.length)
  for (const { name, value } of patches) {
    const { content, required } = members(value['requestBody'])
    t.equal(required, true, name)
    t.strictSame(Object.keys(members(content)), ['application/merge-patch+json', 'application/json'], name)
    for (const { schema, example } of Object.values(members(content)).map(members)) {
      const { type, description } = members(schema)
      t.equal(type, 'object', name)
      const [, of = ''] = /`(\w+)`/.exec(String(description)) ?? []
      t.type(resolve(`#/components/schemas/${of}`), 'object', `${name} patches ${of}`)
      t.type(example, 'object', `${name} has an example`)
    }
  }
})

t.test('no example could pass for a secret, and none of this broker is in it', async (t) => {
  const text = JSON.stringify(document)
  t.notMatch(text, /gtb\.[a-z0-9]{16}\.[A-Za-z0-9_-]{43}/)
  t.notMatch(text, /eyJ[A-Za-z0-9_-]{8,}\./)
  t.notMatch(text, /PRIVATE KEY|BEGIN CERTIFICATE/)
  for (const own of [sandbox.demo.clientId, 'northwind', '127.0.0.1', process.cwd()]) t.notMatch(text, own)
})
