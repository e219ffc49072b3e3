import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { Compile } from 'typebox/schema'
import { expectSuccess, text } from '../../../sandbox/api-client.ts'
import { demoPermissions } from '../../../sandbox/demo.ts'
import { problemFaults } from '../../http/expect-problem.ts'
import { type Members, members } from '../../http/json-value.ts'
import { setStage } from '../../routes/stage.ts'
import { type Operation, operationsOf, type Parameter } from '../api-operations.ts'
import { createSchemaValues } from '../schema-values.ts'

const requests = 50_000

t.setTimeout(600_000)
const file = new URL('../../../openapi/openapi.json', import.meta.url)
const document = members(JSON.parse(readFileSync(file, 'utf8')))
const operations = operationsOf(document)
const stage = await setStage(t)
const { app } = stage.sandbox.broker

async function keyOf(role: string): Promise<string> {
  const grants = [{ tenants: '*', permissions: demoPermissions }]
  await expectSuccess(stage.operator('POST', '/callers', { id: `fuzz-${role}`, role, grants }))
  return text(await expectSuccess(stage.operator('POST', `/callers/fuzz-${role}/keys`, {})), 'key')
}

const keys = {
  operator: await keyOf('operator'),
  auditor: await keyOf('auditor'),
  caller: await keyOf('caller'),
}
const wrongKeys = [
  `gtb.${'0'.repeat(16)}.${'A'.repeat(43)}`,
  `${keys.operator}x`,
  'eyJhbGciOiJub25lIn0.e30.',
  'x',
]
const forEverybody = ['listDialects', 'getDialect', 'translateScopes']

/** Who may do what, as the documentation says it in words. */
function mayCall({ id, method }: Operation, role: keyof typeof keys): boolean {
  if (role === 'operator' || forEverybody.includes(id)) return true
  return role === 'caller' ? id === 'requestToken' : method === 'GET'
}

const slugs = ['demo', 'contoso', 'fabrikam', 'northwind', 'one', 'two', 'three']
const values = createSchemaValues(document, (name, { pattern, format }) => {
  if (format === 'date-time') return fc.date({ noInvalidDate: true, max: new Date('2040-01-01') }).map(toTime)
  if (name === 'permissions') return fc.constantFrom(...demoPermissions, 'outlook:IMAP.AccessAsApp')
  if (name === 'scopes') return fc.constantFrom(...demoPermissions, 'openid', 'Mail.Raed')
  if (name === 'cloud') return fc.constantFrom('global', 'global', 'global', 'china')
  if (name === 'applications') return fc.constant('demo')
  if (name === 'dialect') return fc.constantFrom('graph', 'nothing')
  if (name === 'domain') return fc.constantFrom('contoso.example', 'nowhere.example')
  if (typeof pattern !== 'string') return undefined
  if (pattern.startsWith('^[0-9a-fA-F]{8}')) return fc.uuid()
  return pattern.startsWith('^[a-z0-9][a-z0-9-]{0,62}$') ? fc.constantFrom(...slugs) : undefined
})

function toTime(date: Date): string {
  return date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9998
    ? '2030-01-01T00:00:00Z'
    : date.toISOString()
}

/** Those that reach the vault, make keys or mint each time cost a thousand times what the others do. */
const slow = ['createCredential', 'diagnoseTenant', 'diagnoseKeyVault', 'changeCredential']
/** Few of the bodies that their schemas describe fit what is registered. */
const seldomRight = ['createTenant', 'putTenant', 'patchTenant', 'putApplication']
const large = [
  'listDialects',
  'exportRegistry',
  'metrics',
  'listTenants',
  'listChanges',
  'listAllCredentials',
]
const whoever = fc.constantFrom(
  'operator',
  'operator',
  'operator',
  'operator',
  'caller',
  'auditor',
  'none',
  'wrong',
)
type Who = typeof whoever extends fc.Arbitrary<infer W> ? W : never

interface Sent {
  readonly operation: Operation
  readonly who: Who
  readonly key: string | undefined
  readonly parameters: Members
  readonly body: unknown
  readonly knowsVersion: boolean
}

/** These stay as they are, so that there is something to be had of them. */
const kept = ['demo', 'contoso']

function sparing(sent: Sent): Sent {
  const { operation, parameters } = sent
  const changes = ['PUT', 'PATCH', 'DELETE'].includes(operation.method)
  return changes && kept.includes(String(parameters['id']))
    ? { ...sent, parameters: { ...parameters, id: 'one' } }
    : sent
}

/** Neither nothing nor dots, which clients take out of a path before they send it. */
const oddTexts = fc.string({ minLength: 1, maxLength: 80 }).filter((text) => !/^\.+$/.test(text))
const oddVersions = fc.constantFrom('"1"', '*', 'W/"1"', '""', 'x')

function parameterOf({ schema, name, place }: Parameter): fc.Arbitrary<unknown> {
  const odd = place === 'header' ? oddVersions : oddTexts
  return fc.oneof({ weight: 6, arbitrary: values.valid(schema, name) }, { weight: 1, arbitrary: odd })
}

/** Made once: to build what makes values costs more than the values. */
function requestsOf(operation: Operation): fc.Arbitrary<Sent> {
  const { parameters, body } = operation
  const request = fc.record({
    operation: fc.constant(operation),
    who: whoever,
    key: fc.constantFrom(...wrongKeys),
    parameters: fc.record(
      Object.fromEntries(parameters.map((parameter) => [parameter.name, parameterOf(parameter)])),
      { requiredKeys: parameters.filter(({ place }) => place === 'path').map(({ name }) => name) },
    ),
    body: body === undefined ? fc.constant(undefined) : fc.oneof(values.valid(body), values.mutated(body)),
    knowsVersion: fc.boolean(),
  })
  return request.map(sparing)
}

const sent = fc.oneof(
  ...operations.map((operation) => ({
    arbitrary: requestsOf(operation),
    weight: weightOf(operation.id),
  })),
)

function weightOf(id: string): number {
  if (slow.includes(id)) return 1
  if (large.includes(id)) return 10
  return seldomRight.includes(id) ? 80 : 20
}

const validators = new Map<string, (value: unknown) => boolean>()

function describes(schema: unknown, value: unknown): boolean {
  const text = JSON.stringify(schema)
  const known = validators.get(text)
  if (known !== undefined) return known(value)
  const compiled = Compile({ ...members(schema), components: document['components'] })
  validators.set(text, (other) => compiled.Check(other))
  return compiled.Check(value)
}

function addressOf({ operation: { path, parameters }, parameters: given }: Sent): string {
  const named = path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(String(given[name]).toWellFormed()),
  )
  const query = new URLSearchParams(
    parameters
      .filter(({ name, place }) => place === 'query' && given[name] !== undefined)
      .map(({ name }): [string, string] => [name, String(given[name])]),
  )
  return query.size === 0 ? named : `${named}?${query}`
}

async function read(url: string): Promise<{ version: string | undefined; record: Members }> {
  const headers = { authorization: `Bearer ${keys.operator}` }
  const reply = await app.inject({ method: 'GET', url, headers })
  const version = reply.headers['etag']?.toString()
  return { version, record: version === undefined ? {} : members(reply.json()) }
}

/** Whoever has read a record says in their own what it keeps for life as it is there. */
function keeping(record: Members, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const kept = ['id', 'directory_id'].filter((name) => name in body && name in record)
  return { ...body, ...Object.fromEntries(kept.map((name) => [name, record[name]])) }
}

/** Some have read the record that they change. */
async function informed(request: Sent): Promise<Sent> {
  const { operation, who, parameters, body, knowsVersion } = request
  const hasVersion = operation.parameters.some(({ place }) => place === 'header')
  if (!hasVersion || !knowsVersion || who !== 'operator') return request
  const { version, record } = await read(addressOf(request))
  return { ...request, parameters: { ...parameters, 'if-match': version }, body: keeping(record, body) }
}

async function send(request: Sent) {
  const { operation, who, key, parameters, body } = request
  const url = addressOf(request)
  const version = parameters['if-match']
  const used = who === 'wrong' ? key : who === 'none' ? undefined : keys[who]
  return app.inject({
    method: operation.method,
    url,
    headers: {
      ...(used !== undefined && { authorization: `Bearer ${used}` }),
      ...(version !== undefined && { 'if-match': String(version) }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  })
}

const isDots = (given: unknown) => given === '.' || given === '..'

/** What is wrong with a reply; undefined where it is one that the document describes and the rules allow. */
function faultOf(
  { operation, who, body, parameters }: Sent,
  reply: Awaited<ReturnType<typeof send>>,
): string | undefined {
  const { statusCode: status } = reply
  const shown = reply.payload.startsWith('{') ? members(JSON.parse(reply.payload)) : {}
  const isKnown = who !== 'none' && who !== 'wrong'
  const isKeyed = !operation.isPublic && !operation.signsInItself
  if (operation.signsInItself && status < 400) return 'it is open'
  // Whoever guesses often is answered 429.
  if (isKeyed && !isKnown && ![401, 429].includes(status)) return 'it is open'
  if (operation.isPublic && [401, 403].includes(status)) return 'it is not open'
  if (isKeyed && isKnown && mayCall(operation, who) === (shown['code'] === 'role_required'))
    return 'its roles are not those of the documentation'
  if (status === 500) return 'the broker failed'
  const isMerge = operation.method === 'PATCH' && operation.id !== 'changeCredential'
  const isWrong = operation.body !== undefined && !isMerge && !describes(operation.body, body)
  if (isWrong && status < 400) return 'it took a body that the document does not describe'
  // A segment of dots is taken for a way up in the path, by whoever builds the URL.
  if (shown['code'] === 'route_not_found' && Object.values(parameters).some(isDots)) return undefined
  const documented =
    operation.responses[String(status)] ?? operation.responses[`${Math.floor(status / 100)}XX`]
  if (documented === undefined) return 'the document has no such status'
  const type = String(reply.headers['content-type'] ?? '').split(';')[0] ?? ''
  if (Object.keys(documented).length === 0) return reply.payload === '' ? undefined : 'it should have no body'
  if (!(type in documented)) return `the document has no such media type: ${type}`
  const parsed: unknown = type.includes('json') ? JSON.parse(reply.payload) : reply.payload
  if (!describes(documented[type], parsed)) return 'the document describes another reply'
  if (status < 400 || type !== 'application/problem+json') return undefined
  const { headers } = reply
  return problemFaults({
    status,
    body: shown,
    headers: { 'content-type': String(headers['content-type']) },
  })[0]
}

t.test(`${requests} requests made from the OpenAPI document are answered as it says`, async (t) => {
  const met = new Map<string, number>()
  const succeeded = new Set<string>()
  const answered = fc.asyncProperty(sent, async (made) => {
    const request = await informed(made)
    const reply = await send(request)
    const fault = faultOf(request, reply)
    met.set(String(reply.statusCode), (met.get(String(reply.statusCode)) ?? 0) + 1)
    if (reply.statusCode < 400) succeeded.add(request.operation.id)
    if (fault !== undefined) throw new Error(`${fault}: ${reply.statusCode} ${reply.payload.slice(0, 600)}`)
  })
  const { failed, counterexample, errorInstance, numRuns } = await fc.check(answered, { numRuns: requests })
  const [request] = counterexample ?? []
  t.notOk(
    failed,
    `${String(errorInstance)} ${JSON.stringify({ ...request, operation: request?.operation.id })}`,
  )
  t.equal(numRuns, requests)
  // Nobody guesses an id that the broker made, or a ticket; and what is asked seldom may never be asked rightly.
  const unlikely = [...slow, 'getCredential', 'deleteCredential', 'deleteKey']
  const never = operations
    .filter(
      ({ id, signsInItself }) =>
        !signsInItself && !succeeded.has(id) && !unlikely.includes(id) && !/consent/i.test(id),
    )
    .map(({ id }) => id)
  t.strictSame(never, [], 'every other operation succeeded too')
  t.comment(JSON.stringify(Object.fromEntries(met)))
})
