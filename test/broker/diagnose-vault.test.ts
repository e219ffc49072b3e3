import t, { type Test } from 'tap'
import { createCredential, vaultTags } from '../../src/broker/create-credential.ts'
import { diagnoseVault } from '../../src/broker/diagnose-vault.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail } from '../../src/domain/result.ts'
import { unreadableRegistry, unwritableRegistry } from './broken-registries.ts'
import { refusal } from './bundles.ts'
import { forms, openCredentials, setState } from './credential-stage.ts'
import { must } from './fixture.ts'
import { scriptedCustody } from './scripted.ts'
import { actor, addApplication } from './world.ts'

const away: MintFailure = { code: 'key_vault_unavailable', retryAfterSeconds: 5 }

async function open(t: Test) {
  const stage = await openCredentials(t)
  const custody = scriptedCustody()
  const options = { ...stage.options, custody }
  return { ...stage, custody, options, diagnose: () => diagnoseVault(options) }
}

const nothing = { orphans: [], unusable: [], renewed: [], refused: [] }

t.test('Where all is well, nothing is told', async (t) => {
  const { create, diagnose, world } = await open(t)
  for (const input of [forms.generated, forms.pem, forms.pkcs12, forms.latest, forms.key, forms.secret]) {
    must(await create(input))
  }
  const before = await world.store.revision()
  t.strictSame(must(await diagnose()), nothing)
  t.equal(await world.store.revision(), before)
})

t.test('What a lost change left in the vault is an orphan, and stays there', async (t) => {
  const { options, diagnose, vault, world } = await open(t)
  const registry = unwritableRegistry(world)
  await createCredential({ ...options, registry }, actor, 'mail', forms.secret)
  const [name = ''] = vault.names().filter((other) => other.startsWith('gtb-'))
  const { orphans } = must(await diagnose())
  t.match(orphans, [{ name, enabled: true, createdAt: '2026-11-20T12:00:00.000Z', tags: vaultTags }])
  t.ok(vault.names().includes(name), 'it may belong to another broker')
  t.notOk(vault.calls.some((call) => call.startsWith('remove')))
})

t.test('A secret without the tag is never listed, whatever it is called', async (t) => {
  const { diagnose, vault } = await open(t)
  vault.put('gtb-00000000', '1', 'foreign')
  vault.put('database-password', '1', 'foreign')
  t.strictSame(must(await diagnose()), nothing)
})

t.test('A secret that any credential names is no orphan, in whatever state and case', async (t) => {
  const { create, diagnose, world, vault } = await open(t)
  await addApplication(world, 'files', ['Mail.Read'], [])
  const { credential } = must(await create(forms.secret, 'files'))
  const { credential: retired } = must(await create(forms.pem))
  await setState(world, retired.id, 'retired')
  const listed = must(await vault.list())
  const shouted = listed.map((secret) => ({ ...secret, name: secret.name.toUpperCase() }))
  vault.list = async () => ({ ok: true, value: shouted })
  t.strictSame(must(await diagnose()), nothing)
  t.ok(shouted.some(({ name }) => name === credential.vaultName.toUpperCase()))
})

t.test('A credential that cannot be used is named, with the reason', async (t) => {
  const { create, diagnose, custody, world } = await open(t)
  const { credential: unreadable } = must(await create(forms.pem))
  world.clock.advance(1)
  const { credential: denied } = must(await create(forms.secret))
  must(await create(forms.generated))
  await setState(world, denied.id, 'active')
  const failure: MintFailure = { code: 'credential_unreadable', vaultName: unreadable.vaultName }
  custody.refuse(failure, unreadable.id)
  custody.refuse({ code: 'key_vault_denied' }, denied.id)
  const { unusable, orphans } = must(await diagnose())
  t.match(unusable, [
    { application: { id: 'mail' }, credential: { id: unreadable.id }, failure },
    { application: { id: 'mail' }, credential: { id: denied.id }, failure: { code: 'key_vault_denied' } },
  ])
  t.equal(unusable.length, 2)
  t.strictSame(orphans, [])
})

t.test('A retired credential is not asked for, and nothing that is held is changed', async (t) => {
  const { create, diagnose, custody, world } = await open(t)
  const { credential: retired } = must(await create(forms.pem))
  const { credential: pending } = must(await create(forms.secret))
  await setState(world, retired.id, 'retired')
  custody.refuse({ code: 'key_vault_denied' }, retired.id)
  t.strictSame(must(await diagnose()), nothing)
  t.strictSame(custody.calls, { proven: [], reread: [], probed: [pending.id], forgotten: [] })
})

t.test('Renewed certificates are found, and those that cannot serve are told', async (t) => {
  const { create, diagnose, world, vault, credentials } = await open(t)
  must(await create(forms.pinned))
  await addApplication(world, 'files', ['Mail.Read'], [])
  vault.put('certs-files', 'f1', 'files')
  must(await create({ ...forms.latest, name: 'certs-files' }, 'files'))
  vault.put('certs-files', 'f2', 'broken')
  const { renewed, refused } = must(await diagnose())
  t.match(renewed, [{ application: { id: 'mail' }, credential: { vaultVersion: 'v2', state: 'pending' } }])
  t.strictSame(refused, [{ application: 'files', name: 'certs-files', failure: refusal }])
  t.equal(credentials().length, 2)
})

t.test('What was renewed just now is looked at with the others', async (t) => {
  const { create, diagnose, custody } = await open(t)
  must(await create(forms.pinned))
  await diagnose()
  t.equal(custody.calls.probed.length, 2)
})

t.test('While the vault is away, or does not let its secrets be listed, that is the answer', async (t) => {
  for (const failure of [away, { code: 'key_vault_denied' } as const]) {
    const { diagnose, vault, custody } = await open(t)
    vault.refuse(failure, 'list')
    t.strictSame(await diagnose(), fail(failure))
    t.strictSame(custody.calls.probed, [])
  }
})

t.test('While the registry is away, nothing is called an orphan', async (t) => {
  const { options, world } = await open(t)
  const told = await diagnoseVault({ ...options, registry: unreadableRegistry(world) })
  t.match(told, { failure: { code: 'registry_unavailable' } })
})
