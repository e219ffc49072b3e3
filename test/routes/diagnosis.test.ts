import t from 'tap'
import { createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { activate, addHolder } from './holder.ts'
import { setStage } from './stage.ts'
import { vaultPath } from './vault-bearer.ts'

const stage = await setStage(t)
const { operator, caller, anonymous, entra, vault, token, sandbox, addTenant } = stage
const ids = {
  trace_id: '6ba7b814-9dad-41d1-80b4-00c04fd430c8',
  correlation_id: '6ba7b815-9dad-41d1-80b4-00c04fd430c8',
}
const all = [
  'credential',
  'key_vault',
  'certificate',
  'entra',
  'directory',
  'application',
  'signature',
  'token',
  'roles',
]

/** What was found of the tenant's one application. */
async function diagnose(tenant: string) {
  const { status, body, headers } = await operator('POST', `/tenants/${tenant}/diagnosis`)
  t.equal(status, 200)
  t.equal(headers['cache-control'], 'no-store')
  t.notMatch(JSON.stringify(body), /eyJ|PRIVATE|BEGIN|access_token/, 'nothing secret is shown')
  const [found = {}] = items(body['applications'])
  const failed = items(found['steps']).findIndex(({ status: one }) => one === 'failed')
  t.strictSame(
    items(found['steps']).map(({ step, status: one }) => [step, one]),
    all.map((step, at) => [
      step,
      failed < 0 || at < failed ? 'passed' : at === failed ? 'failed' : 'not_reached',
    ]),
  )
  t.equal(found['broken_step'], all[failed])
  t.equal(body['healthy'], failed < 0)
  return { ...found, whole: body }
}

const statusOf = async (tenant: string) => {
  const { body } = await operator('GET', `/tenants/${tenant}`)
  return items(body['consents'])[0] ?? {}
}

t.test('a tenant that is well', async (t) => {
  const found = await diagnose('contoso')
  t.match(found, {
    application: 'demo',
    healthy: true,
    credential: { id: /^[0-9a-f]{8}$/, not_before: /^20/, expires_at: /^20/ },
    admin_consent_url: /\/consent\//,
    whole: { tenant: 'contoso', enabled: true, healthy: true },
  })
  t.notOk('failure' in found || 'redirect_uri' in found || 'other_credential' in found)
})

t.test('a consent that was given in the portal counts, at once and for the next caller', async (t) => {
  const directory = await addTenant('portal')
  t.equal((await token('portal')).status, 409)
  const before = await diagnose('portal')
  t.match(before, {
    broken_step: 'application',
    failure: { code: 'application_not_in_directory', hint: /consent link/, aadsts: [700016] },
    redirect_uri: `${sandbox.broker.origin}/consent/callback`,
  })
  t.match(before, { failure: { trace_id: /-/, correlation_id: /-/ } })
  t.match(await statusOf('portal'), { status: 'missing', last_failure: { aadsts: [700016] } })
  const roles = ['Mail.ReadWrite', 'Mail.Send', 'Calendars.ReadWrite', 'Contacts.ReadWrite']
  const consents = `/_sandbox/directories/${directory}/consents/${sandbox.demo.clientId}`
  await expectSuccess(entra('PUT', consents, { roles: roles.slice(0, 2) }))
  t.match(await diagnose('portal'), {
    broken_step: 'roles',
    failure: {
      code: 'consent_missing',
      missing_permissions: ['Calendars.Read', 'Calendars.ReadWrite', 'Contacts.Read', 'Contacts.ReadWrite'],
    },
    redirect_uri: /\/consent\/callback$/,
  })
  t.match(await statusOf('portal'), { status: 'incomplete' })
  t.equal((await token('portal')).status, 200, 'the failure of before is not remembered any more')
  await expectSuccess(entra('PUT', consents, { roles }))
  t.match(await diagnose('portal'), { healthy: true })
  const { status, last_failure } = await statusOf('portal')
  t.strictSame([status, last_failure], ['granted', undefined])
})

t.test('a token that is held without the new roles keeps nobody from them', async (t) => {
  const directory = await addTenant('held', { roles: ['Calendars.Read'] })
  t.equal((await token('held')).body['code'], 'consent_missing')
  const consents = `/_sandbox/directories/${directory}/consents/${sandbox.demo.clientId}`
  await expectSuccess(entra('PUT', consents, { roles: ['Calendars.Read', 'Mail.Read'] }))
  t.equal((await token('held')).status, 409, 'it is too early to ask Entra again')
  t.match(await diagnose('held'), { broken_step: 'roles' })
  t.equal((await token('held')).status, 200)
})

t.test('what Entra refuses is told with all that finds it again', async (t) => {
  const path = `/${await addTenant('refused', { roles: ['Mail.Read'] })}/oauth2/v2.0/token`
  const canary = 'never-hand-this-on'
  const body = { error: 'invalid_client', error_description: canary, error_codes: [700027, 7000274], ...ids }
  await entra('POST', '/_sandbox/faults', { match: `POST ${path}`, status: 401, body })
  const found = await diagnose('refused')
  t.match(found, {
    broken_step: 'signature',
    failure: {
      code: 'credential_rejected',
      aadsts: [700027, 7000274],
      expected_thumbprint: /^[0-9A-F]{40}$/,
      hint: /Upload/,
      ...ids,
    },
  })
  t.notMatch(JSON.stringify(found), canary)
  const problem = await token('refused')
  t.equal(problem.status, 424)
  t.notOk('aadsts' in problem.body, 'callers decide by the code')
  await entra('DELETE', '/_sandbox/faults')
})

t.test(
  'an Entra or a vault that is away is a step that fails, and no failure of the diagnosis',
  async (t) => {
    await entra('POST', '/_sandbox/faults', {
      match: '/oauth2/v2.0/token',
      status: 503,
      headers: { 'retry-after': '9' },
    })
    t.match(await diagnose('contoso'), {
      broken_step: 'entra',
      failure: { code: 'entra_unavailable', retry_after_seconds: 9 },
    })
    await entra('DELETE', '/_sandbox/faults')
    for (const [fault, code] of [
      [{ status: 500 }, 'key_vault_unavailable'],
      [{ status: 403, body: { error: { code: 'Forbidden', message: 'm' } } }, 'key_vault_denied'],
    ] as const) {
      await vault('POST', '/_sandbox/faults', { match: '/', ...fault })
      t.match(await diagnose('contoso'), { broken_step: 'key_vault', failure: { code } })
      await vault('DELETE', '/_sandbox/faults')
    }
    const { last_failure } = await statusOf('contoso')
    t.match(last_failure, { code: 'entra_unavailable' }, 'a key that is held still serves')
    t.match(await diagnose('contoso'), { healthy: true })
    t.notOk('last_failure' in (await statusOf('contoso')))
  },
)

t.test('a new certificate that was not uploaded is told while the old one serves', async (t) => {
  const holder = await addHolder(stage, 'rotating')
  const old = await activate(holder)
  const { body: added } = await holder.add({ type: 'certificate', source: 'generated', key_size: 2048 })
  t.equal((await holder.change(added['id'], { state: 'active', verify: false })).status, 200)
  const tenant = 'rotating'
  t.match(await diagnose(tenant), {
    broken_step: 'signature',
    credential: { id: added['id'] },
    failure: { code: 'credential_rejected', expected_thumbprint: added['thumbprint_sha1'] },
    other_credential: { id: old['id'], accepted: true },
  })
  t.equal((await holder.token()).status, 200)
  await vault('DELETE', vaultPath(`/secrets/${text(members(added['key_vault']), 'name')}`))
  t.match(await diagnose(tenant), { broken_step: 'key_vault', failure: { code: 'credential_unreadable' } })
  for (const body of [old, added]) await holder.change(body['id'], { state: 'retired' })
  t.match(await diagnose(tenant), { broken_step: 'credential', failure: { code: 'credential_missing' } })
})

t.test('a tenant that is disabled can be diagnosed, and stays disabled', async (t) => {
  await addTenant('disabled', { roles: ['Mail.Read'], more: { enabled: false } })
  t.match(await diagnose('disabled'), { broken_step: 'roles', whole: { enabled: false } })
  expectProblem(t, await token('disabled'), { status: 409, code: 'tenant_disabled' })
})

t.test('only operators ask, and of a tenant that is there', async (t) => {
  await expectSuccess(operator('PUT', '/callers/auditor', { role: 'auditor', grants: [] }))
  const key = text(await expectSuccess(operator('POST', '/callers/auditor/keys', {})), 'key')
  const auditor = createApiClient({ origin: sandbox.broker.origin, key })
  const path = '/tenants/contoso/diagnosis'
  for (const api of [caller, auditor])
    expectProblem(t, await api('POST', path), { status: 403, code: 'role_required' })
  expectProblem(t, await anonymous('POST', path), { status: 401, code: 'unauthenticated' })
  const unknown = await operator('POST', '/tenants/nobody/diagnosis')
  expectProblem(t, unknown, { status: 404, code: 'not_found' })
  const malformed = await operator('POST', '/tenants/No_Slug/diagnosis')
  expectProblem(t, malformed, { status: 400, code: 'invalid_request', pointer: 'params/id' })
})
