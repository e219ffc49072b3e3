import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { makePair, openOpenssl } from '../adapters/x509/openssl.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { activate, addHolder, smallest } from '../routes/holder.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const stage = await setStage(t)
const { operator, caller, anonymous, vault, folder, sandbox } = stage
const openssl = openOpenssl(t)
const healthy = { orphans: [], unusable: [], renewed: [], refused: [] }
const tags = { 'created-by': 'graph-token-broker' }

const secretOf = (body: Record<string, unknown>) => String(members(body['key_vault'])['name'])
const put = (name: string, body: object) => expectSuccess(vault('PUT', vaultPath(`/secrets/${name}`), body))
const putPair = (name: string, pair: string) =>
  put(name, {
    value: `${openssl.text(`${pair}.key`)}${openssl.text(`${pair}.crt`)}`,
    contentType: 'application/x-pem-file',
  })

async function diagnose() {
  const { status, body } = await operator('POST', '/key-vault/diagnosis')
  t.equal(status, 200)
  t.notMatch(JSON.stringify(body), /BEGIN|PRIVATE|MII/, 'nothing secret is shown')
  return body
}

t.test('all is well', async (t) => {
  t.strictSame(await diagnose(), healthy)
  const body = await operator('POST', '/key-vault/diagnosis', { more: 1 })
  t.equal(body.status, 200, 'a body is not looked at')
})

t.test('secrets that no credential names are shown, and stay', async (t) => {
  await put('gtb-left-behind', { value: 'a secret', tags })
  await put('gtb-left-disabled', { value: 'a secret', tags, attributes: { enabled: false } })
  await put('gtb-of-somebody', { value: 'a secret', tags: { 'created-by': 'somebody' } })
  await put('untagged', { value: 'a secret' })
  const { orphans, ...rest } = await diagnose()
  t.match(orphans, [
    { name: 'gtb-left-behind', enabled: true, created_at: /^\d{4}-\d\d-\d\dT/ },
    { name: 'gtb-left-disabled', enabled: false },
  ])
  t.equal(items(orphans).length, 2)
  t.strictSame(rest, { unusable: [], renewed: [], refused: [] })
  t.equal((await vault('GET', vaultPath('/secrets/gtb-left-behind'))).status, 200)
  for (const name of ['gtb-left-behind', 'gtb-left-disabled'])
    await vault('DELETE', vaultPath(`/secrets/${name}`))
  t.strictSame(await diagnose(), healthy, 'whoever knows them deletes them in Key Vault')
})

t.test('a secret whose row could not be written is found', async (t) => {
  const holder = await addHolder(stage, 'crashed')
  const database = new DatabaseSync(join(folder, 'registry.sqlite'))
  database.exec('alter table credential rename to away')
  const failed = await holder.add(smallest)
  database.exec('alter table away rename to credential')
  database.close()
  expectProblem(t, failed, { status: 500, code: 'internal_error' })
  t.strictSame(items((await operator('GET', holder.path)).body['items']), [])
  const { orphans } = await diagnose()
  t.match(orphans, [{ name: /^gtb-[0-9a-f-]{36}$/, enabled: true }])
  await vault('DELETE', vaultPath(`/secrets/${String(items(orphans)[0]?.['name'])}`))
})

t.test('credentials that the vault does not let the broker use', async (t) => {
  const holder = await addHolder(stage, 'broken')
  const gone = await activate(holder)
  const off = await activate(holder, [gone['certificate']])
  const retired = (await holder.add(smallest)).body
  await holder.change(retired['id'], { state: 'retired' })
  t.equal((await holder.token()).status, 200)
  for (const body of [gone, retired]) await vault('DELETE', vaultPath(`/secrets/${secretOf(body)}`))
  const { name, version } = members(off['key_vault'])
  const disable = { attributes: { enabled: false } }
  await expectSuccess(vault('PATCH', vaultPath(`/secrets/${String(name)}/${String(version)}`), disable))
  const { unusable, ...rest } = await diagnose()
  const found = items(unusable).toSorted((a, b) =>
    String(a['credential']) < String(b['credential']) ? -1 : 1,
  )
  t.match(
    found,
    [gone, off]
      .toSorted((a, b) => (text(a, 'id') < text(b, 'id') ? -1 : 1))
      .map((body) => ({
        application: 'broken',
        credential: body['id'],
        code: 'credential_unreadable',
        detail: secretOf(body),
        hint: /Recover/,
      })),
  )
  t.equal(found.length, 2, 'what is retired needs no secret')
  t.strictSame(rest, { orphans: [], renewed: [], refused: [] })
  t.equal((await holder.token()).status, 200, 'what is loaded goes on all the same')
  await holder.change(gone['id'], { state: 'retired' })
  await holder.change(off['id'], { state: 'retired' })
})

t.test('a certificate that Key Vault has renewed is pending, and waits for a person', async (t) => {
  for (const pair of ['first', 'renewed']) makePair(openssl, pair)
  await putPair('auto', 'first')
  const holder = await addHolder(stage, 'renewing')
  const { body: old } = await holder.add({ type: 'certificate', source: 'key_vault', name: 'auto' })
  await holder.register({ certificates: [old['certificate']] })
  t.equal((await holder.change(old['id'], { state: 'active' })).status, 200)
  const { id } = await putPair('auto', 'renewed')

  const { renewed, ...rest } = await diagnose()
  t.match(renewed, [{ application: 'renewing', credential: /^[0-9a-f]{8}$/ }])
  t.strictSame(rest, { orphans: [], unusable: [], refused: [] })
  const { body } = await operator('GET', holder.path)
  const found = items(body['items']).find((credential) => credential['id'] !== old['id'])
  t.match(found, {
    id: items(renewed)[0]?.['credential'],
    type: 'certificate',
    source: 'key_vault',
    state: 'pending',
    thumbprint_sha1: openssl.thumbprint('renewed.crt'),
    key_vault: { name: 'auto', version: String(id).split('/').at(-1) },
  })
  t.match((await operator('GET', '/audit?target=applications/renewing&page_size=1')).body, {
    items: [{ actor: 'broker:renewal', action: 'credential.created' }],
  })
  t.strictSame(await diagnose(), healthy, 'it is told once')
  t.equal((await holder.token()).status, 200, 'the old one signs on: Entra knows it alone')
  t.equal((await operator('GET', `${holder.path}/${String(found?.['id'])}`)).body['state'], 'pending')
  await holder.register({ certificates: [old['certificate'], found?.['certificate']] })
  t.equal((await holder.change(found?.['id'], { state: 'active' })).status, 200, 'then a person activates it')
})

t.test('a renewed version that cannot serve is told, and harms nothing', async (t) => {
  makePair(openssl, 'spoilt')
  await putPair('spoilt', 'spoilt')
  const holder = await addHolder(stage, 'spoilt')
  const { body } = await holder.add({ type: 'certificate', source: 'key_vault', name: 'spoilt' })
  await put('spoilt', { value: 'bm8gUEZY', contentType: 'application/x-pkcs12' })
  const { refused, ...rest } = await diagnose()
  t.match(refused, [{ application: 'spoilt', name: 'spoilt', code: 'certificate_refused', hint: /\w/ }])
  t.strictSame(rest, { orphans: [], unusable: [], renewed: [] })
  t.equal((await operator('GET', `${holder.path}/${String(body['id'])}`)).body['state'], 'pending')
})

t.test('only operators ask', async (t) => {
  await expectSuccess(operator('PUT', '/callers/auditor', { role: 'auditor', grants: [] }))
  const key = text(await expectSuccess(operator('POST', '/callers/auditor/keys', {})), 'key')
  const auditor = createApiClient({ origin: sandbox.broker.origin, key })
  for (const api of [caller, auditor])
    expectProblem(t, await api('POST', '/key-vault/diagnosis'), { status: 403, code: 'role_required' })
  expectProblem(t, await anonymous('POST', '/key-vault/diagnosis'), { status: 401, code: 'unauthenticated' })
})

t.test('a vault that is away, or that refuses', async (t) => {
  for (const [fault, code] of [
    [{ status: 403, body: { error: { code: 'Forbidden', message: 'm' } } }, 'key_vault_denied'],
    [{ status: 500 }, 'key_vault_unavailable'],
  ] as const) {
    await vault('POST', '/_sandbox/faults', { match: '/', ...fault })
    const reply = await operator('POST', '/key-vault/diagnosis')
    await vault('DELETE', '/_sandbox/faults')
    expectProblem(t, reply, { status: 503, code })
  }
})
