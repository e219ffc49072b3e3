import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { Agent, type Dispatcher } from 'undici'
import { expectProblem } from '../http/expect-problem.ts'
import { bodyRoutes } from '../routes/body-routes.ts'
import { smallest } from '../routes/holder.ts'
import { setStage } from '../routes/stage.ts'

/** A host that must never hear of anything. */
const visitors: string[] = []
const thief = createServer((socket) => visitors.push(String(socket.remotePort)))
thief.listen(0, '127.0.0.1')
await once(thief, 'listening')
t.teardown(() => thief.close())
const address = thief.address()
const port = typeof address === 'object' ? address?.port : undefined
const evil = `https://127.0.0.1:${port}`

/** Where everything that is meant for Entra goes, and with an assertion or without. */
const sent: { readonly to: string; readonly hasAssertion: boolean }[] = []
const agent = new Agent({ connect: { rejectUnauthorized: false, timeout: 2_000 } })
const entraDispatcher = agent.compose((dispatch): Dispatcher['dispatch'] => (options, handler) => {
  const body = String(options.body)
  sent.push({ to: String(options.origin), hasAssertion: /client_(assertion|secret)=/.test(body) })
  return dispatch(options, handler)
})
t.teardown(() => agent.close())

const stage = await setStage(t, { platform: { entraDispatcher } })
const { operator, caller, entra, vault, sandbox, folder } = stage
const strangers = () => sent.filter(({ to }) => to !== sandbox.cloud.entra.origin)

t.test('06 no member of any body says where an assertion goes', async (t) => {
  const addresses = [
    ...[
      evil,
      `${evil}/`,
      `127.0.0.1:${port}`,
      `global@127.0.0.1:${port}`,
      `2130706433:${port}`,
      '2130706433',
    ],
    ...[
      '169.254.169.254',
      'http://169.254.169.254/metadata',
      'https://login.microsoftonline.com@evil.example',
    ],
    ...[
      'login.microsoftonline.com.evil.example/x',
      '0x7f000001',
      '[::1]',
      '//evil.example',
      '\\\\evil.example',
    ],
  ]
  const names = [
    'authority',
    'cloud',
    'aud',
    'audience',
    'endpoint',
    'token_endpoint',
    'resource',
    'client_id',
  ]
  for (const { method, path, valid } of bodyRoutes) {
    for (const at of [...addresses.slice(0, 2), ...addresses.slice(-1)]) {
      for (const name of new Set([...names, 'directory_id', 'domain', 'tenant'])) {
        const reply = await operator(method, path, { ...valid, [name]: at }, { 'if-match': '"1"' })
        t.ok([400, 404, 412].includes(reply.status), `${method} ${path} ${name}=${at}: ${reply.status}`)
      }
    }
  }
  const tenant = { id: 'lured', applications: ['demo'] }
  const application = { id: 'lure', display_name: 'x', permissions: [], client_id: crypto.randomUUID() }
  for (const at of addresses) {
    for (const body of [
      { domain: at },
      { directory_id: at },
      { directory_id: crypto.randomUUID(), cloud: at },
    ])
      expectProblem(
        t,
        await operator('POST', '/tenants', { ...tenant, ...body }),
        { status: 400, code: 'invalid_request' },
        JSON.stringify(body),
      )
    const clouded = await operator('POST', '/applications', { ...application, cloud: at })
    expectProblem(t, clouded, { status: 400, code: 'invalid_request', pointer: '/cloud' }, at)
  }
  t.strictSame([strangers(), visitors], [[], []])
})

t.test('06 an assertion is not sent on to where Entra redirects', async (t) => {
  for (const status of [301, 302, 303, 307, 308]) {
    const id = `moved-${status}`
    await stage.addTenant(id, { roles: ['Mail.Read'] })
    const location = `${evil}/common/oauth2/v2.0/token`
    await entra('POST', '/_sandbox/faults', { match: 'POST /', status, headers: { location } })
    const before = sent.length
    const reply = await stage.token(id)
    t.ok([502, 503].includes(reply.status), `${status}: ${reply.status}`)
    t.ok(
      sent.slice(before).some(({ hasAssertion }) => hasAssertion),
      'Entra itself was asked',
    )
    const diagnosis = await operator('POST', `/tenants/${id}/diagnosis`)
    t.equal(diagnosis.status, 200)
    await entra('DELETE', '/_sandbox/faults')
  }
  t.strictSame([strangers(), visitors], [[], []])
})

t.test('06 the look-up of a domain carries no assertion, and believes no address', async (t) => {
  const host = { issuer: `${evil}/x/v2.0`, token_endpoint: `${evil}/x/oauth2/v2.0/token` }
  await entra('POST', '/_sandbox/faults', { match: 'GET /', status: 200, body: host })
  const before = sent.length
  const lured = { id: 'lured', domain: 'evil.example', applications: ['demo'] }
  t.ok((await operator('POST', '/tenants', lured)).status >= 400)
  await entra('DELETE', '/_sandbox/faults')
  t.ok(sent.length > before)
  t.strictSame(
    sent.slice(before).filter(({ hasAssertion }) => hasAssertion),
    [],
  )
  t.strictSame([strangers(), visitors], [[], []])
})

t.test('06 a directory that somebody wrote into the database by hand is not asked for', async (t) => {
  await stage.addTenant('edited', { roles: ['Mail.Read'] })
  const database = new DatabaseSync(join(folder, 'registry.sqlite'))
  for (const directory of ['common', '../common', `..%2f@127.0.0.1:${port}`, '?a=', '']) {
    database.exec('update registry_meta set revision = revision + 1')
    database
      .prepare(
        "update tenant set directory_id = ?, revision = (select revision from registry_meta) where id = 'edited'",
      )
      .run(directory)
    await operator('GET', '/tenants')
    const before = sent.length
    const reply = await stage.token('edited')
    expectProblem(t, reply, { status: 500, code: 'internal_error' }, directory)
    t.equal(sent.length, before, 'nothing was sent')
  }
  database.close()
  t.equal((await caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })).status, 200)
})

t.test('14 a name in the vault stays a name', async (t) => {
  const path = '/applications/demo/credentials'
  const { certificate } = (await operator('GET', path)).body
  await vault('DELETE', '/_sandbox/requests')
  const names = [
    ...[
      '..',
      '.',
      '%2e%2e',
      '%2E%2E%2f',
      'a/b?x',
      'a/b',
      'a?b',
      'a#b',
      'a;b',
      'a\\b',
      'a b',
      'a\n',
      'a\u0000',
    ],
    ...['https://evil.example/secrets/x', `${evil}/secrets/x`, '//evil.example', '@evil.example', 'a:b', 'é'],
    ...['../keys/x', 'a%00', 'a'.repeat(128), '', 'ａ'],
  ]
  const stored = { type: 'certificate', source: 'key_vault' }
  for (const name of names) {
    for (const order of [
      { ...stored, name },
      { type: 'key', name, certificate: certificate ?? 'x' },
      { ...stored, name: 'fine', version: name === '' ? '/' : name },
      { ...smallest, vault: name },
      { ...stored, name: 'fine', vault_url: name },
    ])
      expectProblem(
        t,
        await operator('POST', path, order),
        { status: 400, code: 'invalid_request' },
        JSON.stringify(order),
      )
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const body = method === 'PATCH' ? { state: 'retired' } : undefined
      const reply = await operator(method, `${path}/${encodeURIComponent(name || ' ')}`, body, {
        'if-match': '"1"',
      })
      t.ok([400, 404].includes(reply.status), `${method} ${JSON.stringify(name)}: ${reply.status}`)
    }
  }
  t.equal((await vault('GET', '/_sandbox/requests')).body['total'], 0, 'the vault heard nothing of it')
  t.strictSame([strangers(), visitors], [[], []])
})
