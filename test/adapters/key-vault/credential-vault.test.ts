import t from 'tap'
import { certificateAt, codeOf, must, newSecret, pem, putSecret } from './material.ts'
import { connectVault } from './stage.ts'

const { expiresAt } = newSecret('any')

t.test('a secret is kept with what says whose it is, and read back at its version', async (t) => {
  const { vault, store } = await connectVault(t)
  const first = must(t, await vault.store(newSecret('gtb-a', { tags: { application: 'x' } })))
  t.match(first, { name: 'gtb-a', version: /^[0-9a-f]{32}$/ })
  const { content, tags, attributes } = store.secrets.get('gtb-a').version
  t.strictSame(content, { value: pem, contentType: 'application/x-pem-file' })
  t.strictSame(tags, { application: 'x', expires_at: expiresAt })
  t.equal(attributes.exp, Math.floor(Date.parse(expiresAt) / 1000))
  const second = must(t, await vault.store(newSecret('gtb-a', { value: 'next', contentType: 'text/plain' })))
  t.strictSame(must(t, await vault.read('gtb-a', first.version)), {
    ...first,
    value: pem,
    contentType: 'application/x-pem-file',
  })
  t.strictSame(must(t, await vault.read('gtb-a')), { ...second, value: 'next', contentType: 'text/plain' })
})

t.test('a secret of somebody else is read whatever it lacks', async (t) => {
  const stage = await connectVault(t)
  const version = putSecret(stage, 'Theirs', '')
  t.strictSame(must(t, await stage.vault.read('theirs')), {
    name: 'Theirs',
    version,
    value: '',
    contentType: undefined,
  })
})

t.test('what is not there or switched off cannot be read, and is named', async (t) => {
  const stage = await connectVault(t)
  const { vault, store, described } = stage
  const unreadable = (vaultName: string) => ({
    ok: false,
    failure: { code: 'credential_unreadable', vaultName },
  })
  t.strictSame(await vault.read('nowhere'), unreadable('nowhere'))
  const version = putSecret(stage, 'off')
  t.strictSame(await vault.read('off', '0'.repeat(32)), unreadable('off'))
  store.secrets.update('off', version, { attributes: { enabled: false } })
  t.strictSame(await vault.read('off', version), unreadable('off'))
  t.match(described.at(-1), { status: 403, code: 'Forbidden', inner_code: 'SecretDisabled' })
})

t.test('a value too large for Key Vault is not sent', async (t) => {
  const { vault, arrivals } = await connectVault(t)
  const refused = await vault.store(newSecret('gtb-a', { value: 'ä'.repeat(12_801) }))
  t.match(refused, { failure: { code: 'certificate_refused', detail: /25602 bytes.*25600/ } })
  t.equal(arrivals.length, 0)
  t.ok((await vault.store(newSecret('gtb-a', { value: 'ä'.repeat(12_800) }))).ok)
})

t.test('all secrets are listed, whoever made them, and never a value', async (t) => {
  const stage = await connectVault(t)
  const { vault, store } = stage
  const names = Array.from(Array(62), (_, index) => `name-${String(index).padStart(2, '0')}`)
  for (const name of names) putSecret(stage, name)
  await vault.store(newSecret('gtb-mine', { tags: { application: 'x' } }))
  store.secrets.update('name-30', putSecret(stage, 'name-30'), { attributes: { enabled: false } })
  store.secrets.delete('name-31')
  const listed = must(t, await vault.list())
  t.equal(stage.count('GET /secrets'), 5, 'the challenge, the first call and three pages')
  t.strictSame(
    listed.map(({ name }) => name),
    ['gtb-mine', ...names.filter((name) => name !== 'name-31')],
  )
  t.match(listed[0], { enabled: true, tags: { application: 'x', expires_at: expiresAt } })
  t.ok(Math.abs(Date.parse(listed[0]?.createdAt ?? '') - Date.now()) < 60_000)
  t.strictSame(
    listed.filter(({ enabled }) => !enabled).map(({ name, tags }) => ({ name, tags })),
    [{ name: 'name-30', tags: {} }],
  )
  t.notMatch(JSON.stringify(listed), 'BEGIN')
})

t.test('a removed secret can be recovered, and removing it again is no failure', async (t) => {
  const { vault, store, count, described } = await connectVault(t)
  store.delays.delete = 0
  must(t, await vault.store(newSecret('gtb-a')))
  must(t, await vault.remove('gtb-a'))
  t.equal(codeOf(await vault.read('gtb-a')), 'credential_unreadable')
  t.equal(count('DELETE /deletedsecrets/gtb-a'), 0, 'it is never purged')
  t.strictSame(await vault.remove('gtb-a'), { ok: true, value: undefined })
  t.strictSame(await vault.remove('never-there'), { ok: true, value: undefined })
  t.equal(store.secrets.recover('gtb-a').version.content.value, pem)
  t.equal(described.length, 1, 'the read alone')
})

t.test('a secret whose deletion the vault is still busy with counts as removed', async (t) => {
  const stage = await connectVault(t)
  putSecret(stage, 'gtb-a')
  stage.store.delays.delete = 600_000
  stage.store.secrets.delete('gtb-a')
  t.strictSame(await stage.vault.remove('gtb-a'), { ok: true, value: undefined })
})

t.test('a name whose secret was deleted is not used again, and the log says why', async (t) => {
  const stage = await connectVault(t)
  const { vault, store, described } = stage
  putSecret(stage, 'gtb-a', 'the first')
  store.delays.delete = 600_000
  store.secrets.delete('gtb-a')
  t.notOk((await vault.store(newSecret('gtb-a'))).ok)
  t.match(described, [{ status: 409, code: 'Conflict', inner_code: 'ObjectIsBeingDeleted' }])
  store.delays.delete = 0
  putSecret(stage, 'gtb-b', 'the first')
  store.secrets.delete('gtb-b')
  t.notOk((await vault.store(newSecret('gtb-b'))).ok)
  t.match(described[1], { status: 409, code: 'Conflict', inner_code: 'ObjectIsDeletedButRecoverable' })
  t.equal(store.secrets.recover('gtb-b').version.content.value, 'the first')
})

t.test('the broker has no identity that the vault would take', async (t) => {
  const { vault, bearer } = await connectVault(t)
  const names = ['AuthenticationError', 'AggregateAuthenticationError', 'CredentialUnavailableError']
  for (const name of names) {
    bearer.fault = Object.assign(new Error('secret'), { name })
    t.equal(codeOf(await vault.store(newSecret('gtb-a'))), 'key_vault_denied', name)
  }
  delete bearer.fault
  t.ok((await vault.store(newSecret('gtb-a'))).ok, 'and is asked for one anew')
})

t.test('a broker without the right to something is told so', async (t) => {
  const { vault, fault } = await connectVault(t)
  const body = { error: { code: 'Forbidden', message: 'x', innererror: { code: 'ForbiddenByRbac' } } }
  await fault({ match: '/gtb-a', status: 403, body })
  await fault({ match: '/keys/', status: 403, body })
  for (const call of [
    vault.read('gtb-a'),
    vault.store(newSecret('gtb-a')),
    vault.remove('gtb-a'),
    vault.findKey({ name: 'k', certificate: certificateAt('', '') }),
  ])
    t.strictSame(await call, { ok: false, failure: { code: 'key_vault_denied' } })
})
