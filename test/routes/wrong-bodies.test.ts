import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { expectProblem, pointersOf } from '../http/expect-problem.ts'
import { items, type Members, members } from '../http/json-value.ts'
import { createRawClient, json, type RawReply } from '../http/raw-client.ts'
import { type BodyRoute, bodyRoutes } from './body-routes.ts'

const { sandbox } = await runSandbox(t)
const send = createRawClient(sandbox.broker.origin, sandbox.demo.operatorKey)

/** The version of the record that is there under a path. */
async function versionOf(path: string): Promise<string | undefined> {
  const { headers } = await send({ method: 'GET', path })
  return headers['etag']?.toString()
}

const versions = new Map<string, string | undefined>()
for (const { path } of bodyRoutes) versions.set(path, await versionOf(path))

function post({ method, path }: BodyRoute, body?: string, headers: Record<string, string> = json) {
  const version = versions.get(path) ?? (method === 'PATCH' ? '"999999"' : undefined)
  const ifMatch = version === undefined ? {} : { 'if-match': version }
  return send({ method, path, headers: { ...ifMatch, ...headers }, ...(body === undefined ? {} : { body }) })
}

const invalid = { status: 400, code: 'invalid_request' }
const malformed = { status: 400, code: 'malformed_json' }

t.test('the table has every route that takes a body', async (t) => {
  const { body } = await send({ method: 'GET', path: '/openapi.json' })
  const found: string[] = []
  for (const [path, operations] of Object.entries(members(body['paths']))) {
    for (const [method, operation] of Object.entries(members(operations))) {
      const { content } = members(members(operation)['requestBody'])
      if ('application/json' in members(content)) found.push(`${method.toUpperCase()} ${path}`)
    }
  }
  t.strictSame(found.sort(), bodyRoutes.map(({ method, template }) => `${method} ${template}`).sort())
})

for (const route of bodyRoutes) {
  const { valid, required } = route
  t.test(`${route.method} ${route.template} names what is wrong with its body`, async (t) => {
    t.test('a body that is no object', async (t) => {
      expectProblem(t, await post(route, undefined, {}), { ...invalid, pointer: '' }, 'none')
      for (const body of ['null', '[]', '[{}]', '"text"', '1', 'true']) {
        expectProblem(t, await post(route, body), { ...invalid, pointer: '' }, body)
      }
    })
    t.test('a body that is no JSON', async (t) => {
      for (const body of ['', ' ', '{"a":', '{', "{'a':1}", '{"a":1}}', 'NaN', '\u0000']) {
        expectProblem(t, await post(route, body), malformed, JSON.stringify(body))
      }
    })
    t.test('a missing member', async (t) => {
      for (const member of required) {
        const reply = await post(route, JSON.stringify({ ...valid, [member]: undefined }))
        expectProblem(t, reply, { ...invalid, pointer: `/${member}` }, member)
      }
    })
    t.test('members of the wrong kind, length or form', async (t) => {
      for (const [pointer, members] of route.wrong) {
        const reply = await post(route, JSON.stringify({ ...valid, ...members }))
        expectProblem(t, reply, { ...invalid, pointer }, shown(members))
        t.notMatch(reply.text, /"It (?!must )/, `${shown(members)} is explained in a sentence`)
      }
    })
  })

  t.test(`${route.method} ${route.template} takes JSON alone, and no more than its limit`, async (t) => {
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
    for (const type of [...types, 'application/jsonp', 'application/json, text/plain', '*/*', 'nonsense']) {
      const reply = await post(route, JSON.stringify(valid), { 'content-type': type })
      expectProblem(t, reply, { status: 415, code: 'unsupported_media_type' }, type)
    }
    for (const type of route.types ?? ['application/json']) {
      const reply = await post(route, JSON.stringify({ ...valid, more: 1 }), { 'content-type': type })
      expectProblem(t, reply, { ...invalid, pointer: '/more' }, type)
    }
    expectProblem(t, await post(route, '{}', {}), { status: 415, code: 'unsupported_media_type' }, 'no type')
    const tooLarge = { status: 413, code: 'body_too_large' }
    expectProblem(t, await post(route, padded(valid, route.limit + 1024)), tooLarge, 'one kilobyte too many')
    expectProblem(
      t,
      await post(route, padded(valid, route.limit)),
      { ...invalid, pointer: '/pad' },
      'the most',
    )
  })
}

t.test('a body too large is refused where its length was not said', async (t) => {
  async function* chunks() {
    for (let sent = 0; sent < 17; sent += 1) yield Buffer.alloc(1024, 0x20)
  }
  const reply: RawReply = await send({ method: 'POST', path: '/tokens', headers: json, body: chunks() })
  expectProblem(t, reply, { status: 413, code: 'body_too_large' })
})

t.test('every fault of a body is named at once', async (t) => {
  const reply = await send({
    method: 'POST',
    path: '/tokens',
    headers: json,
    body: '{"dialect":"x","more":1}',
  })
  t.strictSame(pointersOf(reply).sort(), ['/dialect', '/more', '/scopes', '/tenant'])
})

t.test('nothing of all this was registered or changed', async (t) => {
  for (const [path, version] of versions) t.equal(await versionOf(path), version, path)
  for (const path of ['/applications', '/tenants', '/callers']) {
    const { body } = await send({ method: 'GET', path })
    const ids = items(body['items']).map(({ id }) => String(id))
    t.strictSame(
      ids,
      ids.filter((id) => /^(demo|demo-service|operator|contoso|fabrikam|northwind)$/.test(id)),
    )
  }
})

function padded(valid: Members, bytes: number): string {
  const empty = JSON.stringify({ ...valid, pad: '' })
  return JSON.stringify({ ...valid, pad: 'x'.repeat(bytes - empty.length) })
}

function shown(members: Members): string {
  const text = JSON.stringify(members)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
