import t from 'tap'
import { expectProblem } from '../http/expect-problem.ts'
import { members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'

const { operator, token, entra, vault, pass, addTenant, addApplication } = await setStage(t)

async function ready(id: string) {
  const application = await addApplication(id)
  await application.upload()
  const activated = await application.change({ state: 'active', verify: false })
  t.equal(activated.status, 200)
  return { ...application, secret: String(members(application.body['key_vault'])['name']) }
}

t.test('applications whose keys are not loaded, while Key Vault is away', async (t) => {
  t.equal((await token('contoso')).status, 200)
  const broken: Record<string, object> = {
    'vault-500': { status: 500, body: { error: { code: 'InternalError', message: 'm' } } },
    'vault-reset': { reset: true },
    'vault-empty': { status: 503, body: '' },
    'vault-html': { status: 502, body: '<h1>Bad Gateway</h1>' },
  }
  const ask = async ([id, fault]: [string, object]) => {
    const { clientId, secret } = await ready(id)
    await addTenant(id, { application: id, clientId, roles: ['Mail.Read'] })
    await vault('POST', '/_sandbox/faults', { match: `GET /secrets/${secret}`, ...fault })
    const reply = await token(id)
    expectProblem(t, reply, { status: 503, code: 'key_vault_unavailable' }, id)
    t.match(reply.headers['retry-after'], /^\d+$/)
    t.match(reply.body['hint'], /Retry/)
  }
  // Each takes as long as the SDK goes on trying, so they fail side by side.
  await Promise.all(Object.entries(broken).map(ask))
  t.equal((await token('contoso')).status, 200, 'an application whose key is loaded goes on')
  await vault('DELETE', '/_sandbox/faults')
  await pass(31)
  for (const id of Object.keys(broken)) t.equal((await token(id)).status, 200, 'and so do these, later')
})

t.test('Key Vault refuses the broker, or has lost the key', async (t) => {
  const refused = (status: number, code: string, inner?: string) => ({
    status,
    body: { error: { code, message: 'm', ...(inner === undefined ? {} : { innererror: { code: inner } }) } },
  })
  const unreadable = { status: 424, code: 'credential_unreadable' }
  const denied = { status: 503, code: 'key_vault_denied' }
  const cases = [
    { id: 'denied-rbac', fault: refused(403, 'Forbidden', 'ForbiddenByRbac'), expected: denied },
    { id: 'denied-network', fault: refused(403, 'Forbidden', 'ForbiddenByFirewall'), expected: denied },
    { id: 'secret-gone', fault: refused(404, 'SecretNotFound'), expected: unreadable },
    { id: 'secret-off', fault: refused(403, 'Forbidden', 'SecretDisabled'), expected: unreadable },
    {
      id: 'secret-other',
      fault: { status: 200, body: { value: 'no PEM', id: 'https://x/secrets/a/b' } },
      expected: unreadable,
    },
  ]
  const fresh = await ready('fresh')
  for (const { id, fault, expected } of cases) {
    await addTenant(id, { application: 'fresh', clientId: fresh.clientId, roles: ['Mail.Read'] })
    await vault('POST', '/_sandbox/faults', { match: `GET /secrets/${fresh.secret}`, ...fault })
    const reply = await token(id)
    expectProblem(t, reply, expected, id)
    t.match(reply.body['hint'], expected === denied ? 'Key Vault Secrets' : 'Recover')
    if (expected === unreadable) t.match(reply.body['detail'], fresh.secret)
    await vault('DELETE', '/_sandbox/faults')
  }
})

t.test('a bare 429 of Key Vault is waited out, not handed on', async (t) => {
  const throttled = await ready('throttled')
  await addTenant('throttled', {
    application: 'throttled',
    clientId: throttled.clientId,
    roles: ['Mail.Read'],
  })
  const match = `GET /secrets/${throttled.secret}`
  await vault('POST', '/_sandbox/faults', {
    match,
    times: 1,
    status: 429,
    body: { error: { code: 'Throttled' } },
  })
  t.equal((await token('throttled')).status, 200)
})

t.test('Entra knows another certificate than the one that signs', async (t) => {
  const application = await ready('other-key')
  const { clientId } = application
  await addTenant('other-key', { application: 'other-key', clientId, roles: ['Mail.Read'] })
  const elsewhere = { certificates: [(await addApplication('elsewhere')).body['certificate']] }
  await entra('PUT', `/_sandbox/applications/${clientId}`, elsewhere)
  const reply = await token('other-key')
  expectProblem(t, reply, { status: 424, code: 'credential_rejected' })
  t.equal(reply.body['expected_thumbprint'], application.body['thumbprint_sha1'])
  t.match(reply.body['detail'], application.body['thumbprint_sha1'])
  t.match(reply.body['trace_id'], /^[0-9a-f-]{36}$/)
  await application.upload()
  await pass(31)
  t.equal((await token('other-key')).status, 200)
})

t.test('while one credential replaces another, either will do', async (t) => {
  const first = await ready('rotating')
  const { clientId } = first
  await addTenant('rotating', { application: 'rotating', clientId, roles: ['Mail.Read'] })
  const order = { type: 'certificate', source: 'generated', key_size: 2048 }
  const second = await operator('POST', '/applications/rotating/credentials', order)
  const path = `/applications/rotating/credentials/${String(second.body['id'])}`
  const tag = { 'if-match': String(second.headers['etag']) }
  t.equal((await operator('PATCH', path, { state: 'active', verify: false }, tag)).status, 200)
  t.equal((await token('rotating')).status, 200, 'although Entra has only the older one')
})

t.test('activation lets an application that failed be tried at once', async (t) => {
  const application = await addApplication('mended')
  const { clientId } = application
  await addTenant('mended', { application: 'mended', clientId, roles: ['Mail.Read'] })
  expectProblem(t, await token('mended'), { status: 424, code: 'credential_missing' })
  await application.upload()
  t.equal((await application.change({ state: 'active' })).status, 200)
  t.equal((await token('mended')).status, 200)
})
