import t from 'tap'
import { Agent, request } from 'undici'
import { text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { setStage } from './stage.ts'
import { createVisitor } from './visitor.ts'

const { operator, token, entra, sandbox, pass, addTenant } = await setStage(t)
const browser = new Agent({ connect: { ca: sandbox.cloud.certificatePem } })
t.teardown(() => browser.close())

const missing = { status: 409, code: 'consent_missing' }
const consentOf = async (tenant: string) => {
  const { body } = await operator('GET', `/tenants/${tenant}`)
  return members(items(body['consents'])[0])
}

t.test('from a directory that nobody asked to a token', async (t) => {
  const refused = await token('northwind', { scopes: ['Mail.Read', 'Calendars.Read'] })
  expectProblem(t, refused, missing)
  t.match(refused.body, {
    tenant: 'northwind',
    application: 'demo',
    missing_permissions: ['Calendars.Read', 'Mail.Read'],
    trace_id: /^[0-9a-f-]{36}$/,
    correlation_id: /^[0-9a-f-]{36}$/,
    hint: /administrator/,
  })
  const link = text(refused.body, 'admin_consent_url')
  t.equal(new URL(link).origin, sandbox.broker.origin)

  const again = await token('northwind', { scopes: ['Mail.Read', 'Calendars.Read'] })
  t.strictSame(
    { ...again.body, instance: '' },
    { ...refused.body, instance: '' },
    'the same answer for a while',
  )

  const page = await createVisitor(t, sandbox).leave(new URL(link).pathname)
  const { body: tenant } = await operator('GET', '/tenants/northwind')
  t.equal(page.origin, sandbox.cloud.entra.origin)
  t.equal(page.pathname, `/${text(tenant, 'directory_id')}/adminconsent`)
  t.match(await (await request(page, { dispatcher: browser })).body.text(), 'Northwind Traders')

  const form = new URLSearchParams({ ...Object.fromEntries(page.searchParams), decision: 'accept' })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const accept = { method: 'POST', headers, body: form.toString(), dispatcher: browser } as const
  const accepted = await request(page, accept)
  t.equal(accepted.statusCode, 302, 'and back to the registered redirect URI')
  await accepted.body.dump()

  await pass(31)
  const issued = await token('northwind', { scopes: ['Mail.Read', 'Calendars.Read'] })
  t.equal(issued.status, 200)
  t.strictSame(issued.body['granted_permissions'], [...demoPermissions].sort())
})

t.test('a directory that granted less than was asked for names exactly what is missing', async (t) => {
  t.equal((await token('fabrikam')).status, 200)
  const reply = await token('fabrikam', { scopes: ['Mail.Read', 'Calendar.ReadOnly'] })
  expectProblem(t, reply, missing)
  t.strictSame(reply.body['missing_permissions'], ['Calendars.Read'])
  t.notOk('trace_id' in reply.body, 'Entra refused nothing')
  t.equal((await token('fabrikam')).status, 200, 'what was granted goes on')
})

t.test('what is granted later is found within half a minute, not within the life of a token', async (t) => {
  const directory = await addTenant('growing', { roles: ['Mail.Read'] })
  const scopes = ['Calendars.Read']
  expectProblem(t, await token('growing', { scopes }), missing)
  const consents = `/_sandbox/directories/${directory}/consents/${sandbox.demo.clientId}`
  await entra('PUT', consents, { roles: ['Mail.Read', 'Calendars.Read'] })
  expectProblem(
    t,
    await token('growing', { scopes }),
    missing,
    'not at once: Entra throttles who keeps asking',
  )
  await pass(31)
  t.equal((await token('growing', { scopes })).status, 200)
})

t.test('a tenant that only warns hands out what there is and names what is missing', async (t) => {
  await addTenant('lenient', { roles: ['Mail.Read'], more: { role_check: 'warn' } })
  const { status, body } = await token('lenient', { scopes: ['Mail.Read', 'Calendars.Read'] })
  t.equal(status, 200)
  t.match(body, { scope: 'Mail.Read', missing_permissions: ['Calendars.Read'] })
})

t.test('a token that carries no role', async (t) => {
  await addTenant('empty', { roles: [] })
  const reply = await token('empty')
  expectProblem(t, reply, missing)
  t.strictSame(reply.body['missing_permissions'], ['Mail.Read'])
})

t.test('a token that nobody but Microsoft can read', async (t) => {
  await entra('PUT', '/_sandbox/settings', { opaque_tokens: true })
  t.teardown(() => entra('PUT', '/_sandbox/settings', { opaque_tokens: false }))
  await addTenant('opaque', { roles: ['Mail.Read'] })
  const reply = await token('opaque')
  expectProblem(t, reply, { status: 409, code: 'roles_unverifiable' })
  t.match(reply.body['hint'], 'role_check')
})

t.test('what an operator can mend without Entra', async (t) => {
  await addTenant('off', { roles: ['Mail.Read'], more: { enabled: false } })
  expectProblem(t, await token('off'), { status: 409, code: 'tenant_disabled' })
  await operator('POST', '/applications', {
    id: 'small',
    client_id: '6ba7b813-9dad-41d1-80b4-00c04fd430c8',
    display_name: 'Small',
    permissions: ['Mail.Send'],
  })
  await addTenant('undeclared', { application: 'small' })
  const undeclared = await token('undeclared')
  expectProblem(t, undeclared, { status: 409, code: 'permission_not_declared' })
  t.strictSame(undeclared.body['permissions'], ['Mail.Read'])
  const keyless = await token('undeclared', { scopes: ['Mail.Send'] })
  expectProblem(t, keyless, { status: 424, code: 'credential_missing' })
  t.match(keyless.body['hint'], 'activate')
})

t.test('a tenant shows its consent as the last token did', async (t) => {
  const directory = await addTenant('watched')
  t.match(await consentOf('watched'), {
    application: 'demo',
    status: 'unknown',
    missing_permissions: [...demoPermissions].sort(),
  })
  t.match((await consentOf('watched'))['admin_consent_url'], `${sandbox.broker.origin}/consent/`)
  await token('watched')
  t.match(await consentOf('watched'), {
    status: 'missing',
    last_failure: { code: 'application_not_in_directory', trace_id: /^[0-9a-f-]{36}$/ },
  })
  const consents = `/_sandbox/directories/${directory}/consents/${sandbox.demo.clientId}`
  await entra('PUT', consents, { roles: ['Mail.Read'] })
  await pass(31)
  t.equal((await token('watched')).status, 200)
  const incomplete = await consentOf('watched')
  t.match(incomplete, { status: 'incomplete' })
  t.notOk('last_failure' in incomplete)
  t.notMatch(JSON.stringify(incomplete['missing_permissions']), '"Mail.Read"')
  await entra('PUT', consents, { roles: demoPermissions })
  await pass(31)
  t.equal((await token('watched', { scopes: ['Mail.Send'] })).status, 200)
  t.match(await consentOf('watched'), { status: 'granted', missing_permissions: [] })
})
