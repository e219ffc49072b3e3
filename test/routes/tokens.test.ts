import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Agent, request } from 'undici'
import { text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { members } from '../http/json-value.ts'
import { setStage } from './stage.ts'

const { caller, operator, token, entra, sandbox, folder, pass } = await setStage(t)
const ask = (scopes: readonly string[], more = {}) => token('contoso', { scopes, ...more })

t.test('a token comes with all that is known of it', async (t) => {
  const { status, headers, body } = await ask(['Mail.Read', 'Calendar.ReadWrite'])
  t.equal(status, 200)
  t.match(headers['content-type'], /^application\/json/)
  t.equal(headers['cache-control'], 'no-store')
  t.match(body, {
    token_type: 'Bearer',
    scope: 'Calendars.ReadWrite Mail.Read',
    resource: 'https://graph.microsoft.com',
    tenant: 'contoso',
    application: 'demo',
    granted_permissions: [...demoPermissions].sort(),
    excess_permissions: [],
    missing_permissions: [],
  })
  t.ok(Number(body['expires_in']) > 3500 && Number(body['expires_in']) < 3600)
  const off = Number(body['expires_at']) - Number(body['expires_in']) - Date.now() / 1000
  t.ok(Math.abs(off) < 5, 'both times say the same moment')
  const inbox = await fetchGraph(text(body, 'access_token'))
  t.equal(inbox, 200, 'Graph takes the token')
})

t.test('the cache answers with the same token, and says so', async (t) => {
  const first = await ask(['Mail.Read'])
  const second = await ask(['Contacts.Read Mail.Send', 'openid'])
  t.match(first.headers['cache-status'], /^graph-token-broker; hit; ttl=3\d{3}$/)
  t.equal(second.body['access_token'], first.body['access_token'], 'whatever was asked for')
  t.match(second.headers['cache-status'], /hit/)
  t.equal(second.body['scope'], 'Contacts.Read Mail.Send')
})

t.test('the first request says that it was not from the cache', async (t) => {
  const { status, headers } = await token('fabrikam')
  t.equal(status, 200)
  t.equal(headers['cache-status'], 'graph-token-broker; fwd=miss; stored')
})

t.test('a directory can be named by its GUID, in either case', async (t) => {
  const { body } = await operator('GET', '/tenants/contoso')
  const guid = text(body, 'directory_id')
  for (const reference of [guid, guid.toUpperCase()]) {
    const reply = await token(reference)
    t.equal(reply.status, 200)
    t.equal(reply.body['tenant'], 'contoso')
    t.match(reply.headers['cache-status'], /hit/, 'the same target')
  }
})

t.test('scopes that stand for nothing come back with the nearest names', async (t) => {
  const reply = await ask(['Mail.Raed', 'Calendar.Nothing', 'Mail.Read'])
  expectProblem(t, reply, { status: 400, code: 'unknown_scope' })
  t.match(reply.body['unmapped'], [
    { scope: 'Calendar.Nothing', reason: 'unknown' },
    { scope: 'Mail.Raed', reason: 'unknown', suggestions: ['Mail.Read'] },
  ])
  t.match(reply.body['detail'], 'Mail.Raed')
  t.match(reply.body['hint'], '/scopes')
})

t.test('scopes that only a signed-in user can have come back with the reason', async (t) => {
  const reply = await ask(['ChannelMessage.Send'], { dialect: 'graph' })
  expectProblem(t, reply, { status: 400, code: 'unknown_scope' })
  t.match(reply.body['unmapped'], [{ reason: 'no_equivalent', suggestions: [], note: /Teamwork\.Migrate/ }])
})

t.test('scopes that ask for no permission', async (t) => {
  for (const scopes of [
    ['openid profile'],
    ['https://graph.microsoft.com/.default'],
    ['.default'],
    [' , +'],
  ]) {
    expectProblem(t, await ask(scopes), { status: 400, code: 'no_permission_requested' }, scopes.join())
  }
})

t.test('scopes of two resources', async (t) => {
  const reply = await ask(['Mail.Read', 'https://outlook.office365.com/IMAP.AccessAsApp'])
  expectProblem(t, reply, { status: 400, code: 'mixed_resources' })
  t.match(reply.body['detail'], /graph and outlook/)
})

t.test(
  "scopes are read in the dialect's words, and what stands for a permission is named by it",
  async (t) => {
    for (const scope of ['Mail.ReadOnly', 'mail.read', 'https://graph.microsoft.com/Mail.Read']) {
      const { status, body } = await ask([scope], { dialect: 'aurinko' })
      t.strictSame([status, body['scope']], [200, 'Mail.Read'], scope)
    }
    const moved = await ask(['https://outlook.office.com/mail.read'], { dialect: 'cloud-elements' })
    t.strictSame([moved.status, moved.body['scope']], [200, 'Mail.Read'])
    const category = await ask(['Calendar Groups'], { dialect: 'cyclr' })
    t.strictSame([category.status, category.body['scope']], [200, 'Calendars.Read Calendars.ReadWrite'])
  },
)

t.test('a token that carries more than the grants name is refused, unless a grant allows it', async (t) => {
  for (const excess of ['refuse', 'allow']) {
    const grants = [{ tenants: '*', permissions: ['Mail.Read'], excess }]
    await operator('POST', '/callers', { id: `excess-${excess}`, role: 'caller', grants })
    const key = text((await operator('POST', `/callers/excess-${excess}/keys`, {})).body, 'key')
    const as = { authorization: `Bearer ${key}` }
    const reply = await caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] }, as)
    const beyond = ['Calendars.Read', 'Calendars.ReadWrite', 'Contacts.Read', 'Contacts.ReadWrite']
    if (excess === 'allow') t.match(reply.body['excess_permissions'], beyond)
    else expectProblem(t, reply, { status: 403, code: 'excess_permissions' })
    if (excess === 'refuse') t.match(reply.body['permissions'], beyond)
  }
})

t.test('a caller whose tokens must live longer gets a newer one', async (t) => {
  await pass(900)
  const before = await ask(['Mail.Read'])
  t.ok(Number(before.body['expires_in']) <= 2700)
  const newer = await ask(['Mail.Read'], { minimum_validity_seconds: 3000 })
  t.ok(Number(newer.body['expires_in']) > 3000)
  t.not(newer.body['access_token'], before.body['access_token'])
  t.match(newer.headers['cache-status'], /fwd=miss/)
})

t.test('a token that Graph refused is replaced once, and no other one is', async (t) => {
  const sha256 = (value: unknown) => createHash('sha256').update(String(value)).digest('hex')
  const first = await ask(['Mail.Read'])
  const other = await ask(['Mail.Read'], { rejected_token_sha256: sha256('something else') })
  t.equal(other.body['access_token'], first.body['access_token'])
  const rejected = { rejected_token_sha256: sha256(first.body['access_token']) }
  const second = await ask(['Mail.Read'], rejected)
  t.equal(second.status, 200)
  t.not(second.body['access_token'], first.body['access_token'])
  const third = await ask(['Mail.Read'], { rejected_token_sha256: sha256(second.body['access_token']) })
  t.equal(third.body['access_token'], second.body['access_token'], 'not twice in half a minute')
})

t.test('many who ask at once for a target that nobody had cause one request to Entra', async (t) => {
  const { demo } = sandbox
  const directory = '6ba7b812-9dad-41d1-80b4-00c04fd430c8'
  await entra('PUT', `/_sandbox/directories/${directory}/consents/${demo.clientId}`, { roles: ['Mail.Read'] })
  await operator('POST', '/tenants', { id: 'herd', directory_id: directory, applications: ['demo'] })
  const replies = await Promise.all(Array.from(Array(50), () => token('herd')))
  t.strictSame([...new Set(replies.map(({ status }) => status))], [200])
  t.equal(new Set(replies.map(({ body }) => body['access_token'])).size, 1)
  const { body } = await entra('GET', '/_sandbox/requests')
  t.equal(members(body['by_route'])[`POST /${directory}/oauth2/v2.0/token`], 1)
  const kinds = new Set(replies.map(({ headers }) => headers['cache-status']))
  t.ok(kinds.has('graph-token-broker; fwd=miss; collapsed'))
})

t.test('every request is one line of the audit, whatever was asked for', async (t) => {
  const path = join(folder, 'audit.log')
  const before = readFileSync(path, 'utf8').split('\n').length
  const nasty = 'x\r\n{"event":"token.issued"}\u001b[31m\u0000\u2028'
  await ask([nasty])
  const granted = await ask(['Mail.Read'])
  const lines = readFileSync(path, 'utf8').split('\n')
  t.equal(lines.length, before + 2)
  const [denied, issued] = lines.slice(-3).map((line) => (line === '' ? {} : JSON.parse(line)))
  t.match(denied, {
    event: 'token.denied',
    caller: 'demo-service',
    tenant: 'contoso',
    outcome: 'unknown_scope',
  })
  t.match(issued, {
    event: 'token.issued',
    request_id: /^[0-9a-f-]{36}$/,
    application: 'demo',
    resource: 'graph',
    cache: 'hit',
    uti: /^\S+$/,
    expires_at: granted.body['expires_at'],
  })
  t.notMatch(lines.join('\n'), String(granted.body['access_token']).slice(0, 40))
})

async function fetchGraph(accessToken: string): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: sandbox.cloud.certificatePem } })
  const url = `${sandbox.cloud.graph.origin}/v1.0/users/adele@contoso.example/messages`
  const { statusCode, body } = await request(url, {
    dispatcher,
    headers: { authorization: `Bearer ${accessToken}` },
  })
  await body.dump()
  await dispatcher.close()
  return statusCode
}
