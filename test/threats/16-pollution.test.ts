import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { expectProblem, pointersOf, problemFaults } from '../http/expect-problem.ts'
import { createRawClient, json } from '../http/raw-client.ts'
import { type BodyRoute, bodyRoutes } from '../routes/body-routes.ts'

const { sandbox, operator } = await runSandbox(t)
const send = createRawClient(sandbox.broker.origin, sandbox.demo.operatorKey)
const invalid = { status: 400, code: 'invalid_request' }
const everything = async () => {
  const { exported_at: _, ...registry } = (await operator('GET', '/export')).body
  return registry
}
const before = await everything()
const versions = new Map<string, string>()
for (const { path } of bodyRoutes) {
  const etag = (await operator('GET', path)).headers['etag']
  if (typeof etag === 'string') versions.set(path, etag)
}

function post({ method, path }: BodyRoute, body: string, type = json['content-type']) {
  const version = versions.get(path)
  const headers = { 'content-type': type, ...(version !== undefined && { 'if-match': version }) }
  return send({ method, path, headers, body })
}

/** JSON with a member put before those of a body: `__proto__` in a literal would be no member. */
function withMember(member: string, body: object): string {
  const inner = JSON.stringify(body).slice(1)
  return `{${member}${inner === '}' ? '' : ','}${inner}`
}

/** What a record has and nobody may set, or what would raise a caller above its place. */
const assigned = [
  ...['uid', 'epoch', 'revision', 'created_at', 'updated_at', 'keys', 'key', 'sha256', 'caller', 'actor'],
  ...['observation', 'consents', 'status', 'isAdmin', 'admin', 'redirect_uri', 'identities_', 'enabled_'],
  ...['ID', 'Role', 'role ', 'hasOwnProperty', 'toString', 'valueOf', 'length'],
]

for (const route of bodyRoutes) {
  const { method, template, valid, path } = route
  // A PATCH of what is not there is answered so before its body is looked at.
  const isThere = method !== 'PATCH' || versions.has(path)

  t.test(`16 ${method} ${template} lets nothing reach into prototypes`, async (t) => {
    const polluted = [
      '"__proto__":{"role":"operator"}',
      '"__proto__":null',
      '"constructor":{"prototype":{"role":"operator"}}',
      '"\\u005f_proto__":{"enabled":true}',
      '"prototype":{}',
    ]
    for (const member of polluted) {
      const reply = await post(route, withMember(member, valid))
      t.equal(reply.status, 400, member)
      t.strictSame(problemFaults(reply), [], member)
      for (const [name, value] of Object.entries(valid)) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
        const nested = await post(route, `{"${name}":${withMember(member, value)}}`)
        t.equal(nested.status, 400, `${name}: ${member}`)
      }
    }
    t.notOk('role' in {} || 'enabled' in {}, 'nothing of the broker itself was changed')
  })

  t.test(`16 ${method} ${template} takes no member that it does not name`, async (t) => {
    for (const member of assigned) {
      if (member in valid) continue
      const reply = await post(route, JSON.stringify({ ...valid, [member]: 1 }))
      if (isThere) expectProblem(t, reply, { ...invalid, pointer: `/${member}` }, member)
      else t.equal(reply.status, 400, member)
    }
    const escaped = await post(route, JSON.stringify({ ...valid, 'a/b~c': 1 }))
    expectProblem(t, escaped, { ...invalid, pointer: '/a~1b~0c' })
  })

  t.test(`16 ${method} ${template} validates whatever parameters its media type has`, async (t) => {
    const { types = ['application/json'] } = route
    const odd = types.flatMap((type) => [
      `${type};charset=utf-8`,
      `${type}; charset=utf-16`,
      `${type}\t;charset=utf-8`,
      `${type} ;x`,
      `${type};`,
      `${type}\t`,
      ` ${type}`,
      `\t${type}`,
      `${type}\t; charset=utf-8`,
      `${type}; a="b;c"`,
      `${type}, ${type}`,
      type.toUpperCase(),
      `${type}\u00a0`,
      `${type}x`,
    ])
    for (const type of odd) {
      const reply = await post(route, JSON.stringify({ ...valid, more: 1 }), type)
      t.ok(reply.status === 415 || pointersOf(reply).includes('/more'), JSON.stringify(type), { reply })
      t.strictSame(problemFaults(reply), [], JSON.stringify(type))
    }
  })
}

t.test('16 nothing of all this was registered or changed', async (t) => {
  t.strictSame(await everything(), before)
})
