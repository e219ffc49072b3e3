import t from 'tap'
import { createCredential } from '../../src/broker/create-credential.ts'
import type { CredentialVault } from '../../src/broker/credential-ports.ts'
import type { NewCredential } from '../../src/broker/prepare-credential.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail } from '../../src/domain/result.ts'
import { unreadableRegistry, unwritableRegistry } from './broken-registries.ts'
import { publicPartNamed } from './bundles.ts'
import { forms, openCredentials, setState } from './credential-stage.ts'
import { must } from './fixture.ts'
import { actor, addApplication } from './world.ts'

const broughtForms = [forms.generated, forms.pem, forms.pkcs12, forms.secret] as const
const away: MintFailure = { code: 'key_vault_unavailable', retryAfterSeconds: 5 }
const denied: MintFailure = { code: 'key_vault_denied' }

t.test('If the vault takes nothing, there is no credential', async (t) => {
  for (const failure of [away, denied]) {
    for (const input of broughtForms) {
      const { create, credentials, vault, world } = await openCredentials(t)
      const before = await world.store.revision()
      vault.refuse(failure, 'store')
      t.strictSame(await create(input), fail(failure))
      t.strictSame(credentials(), [])
      t.equal(await world.store.revision(), before)
    }
  }
})

t.test('If the vault tells nothing, there is no credential', async (t) => {
  for (const failure of [away, denied]) {
    for (const input of [forms.latest, forms.pinned, forms.key, forms.pinnedKey]) {
      const { create, credentials, vault } = await openCredentials(t)
      vault.refuse(failure, 'read', 'findKey')
      t.strictSame(await create(input), fail(failure))
      t.strictSame(credentials(), [])
    }
  }
})

t.test('If the change is lost, the secret in the vault is found by its tags', async (t) => {
  for (const input of broughtForms) {
    const { options, vault, world, application, credentials } = await openCredentials(t)
    const registry = unwritableRegistry(world)
    const lost = await createCredential({ ...options, registry }, actor, 'mail', input)
    t.match(lost, { failure: { code: 'registry_unavailable' } })
    t.strictSame(credentials(), [])
    const listed = must(await vault.list()).filter(({ name }) => name.startsWith('gtb-'))
    const tags = { 'created-by': 'graph-token-broker', application: application.uid }
    t.match(listed, [{ tags }])
  }
})

t.test('If the application goes while the vault takes its time, there is no credential', async (t) => {
  const { options, world, vault } = await openCredentials(t)
  const slow: CredentialVault = {
    ...vault,
    async store(secret) {
      await world.db.deleteFrom('application_permission').execute()
      await world.db.deleteFrom('application').execute()
      return vault.store(secret)
    },
  }
  const refused = await createCredential({ ...options, vault: slow }, actor, 'mail', forms.generated)
  t.strictSame(refused, fail({ code: 'not_found', kind: 'application', id: 'mail' }))
})

const certificateForms = [forms.pem, forms.pkcs12, forms.latest, forms.key] as const

t.test('The same certificate comes once, and the vault gets it once', async (t) => {
  for (const input of certificateForms) {
    const { create, credentials, vault, world } = await openCredentials(t)
    const { credential } = must(await create(input))
    const stored = vault.stored.length
    const value = 'thumbprintSha1' in credential ? credential.thumbprintSha1 : ''
    const again = fail({ code: 'already_exists', kind: 'credential', member: 'thumbprint_sha1', value })
    for (const state of ['pending', 'active'] as const) {
      await setState(world, credential.id, state)
      t.strictSame(await create(input), again)
    }
    t.equal(vault.stored.length, stored)
    t.equal(credentials().length, 1)
  }
})

t.test('The same certificate in another form is the same certificate', async (t) => {
  const { create, vault } = await openCredentials(t)
  must(await create(forms.pem))
  const pkcs12 = Buffer.from('brought').toString('base64')
  vault.put('copied', '1', 'brought')
  vault.putKey('copied', '1', publicPartNamed('brought').thumbprintSha256)
  const others: readonly NewCredential[] = [
    { type: 'certificate', source: 'pkcs12', pkcs12 },
    { type: 'certificate', source: 'key_vault', name: 'copied' },
    { type: 'key', name: 'copied', certificate: 'brought' },
  ]
  for (const input of others) t.match(await create(input), { failure: { code: 'already_exists' } })
})

t.test('Two who bring the same certificate at once get one credential', async (t) => {
  const { create, credentials } = await openCredentials(t)
  const told = await Promise.all([create(forms.pem), create(forms.pem)])
  t.strictSame(told.map(({ ok }) => ok).sort(), [false, true])
  t.match(
    told.find(({ ok }) => !ok),
    { failure: { code: 'already_exists' } },
  )
  t.equal(credentials().length, 1)
})

t.test('Once it was retired, the same certificate may come again', async (t) => {
  for (const input of certificateForms) {
    const { create, credentials, world } = await openCredentials(t)
    const { credential: first } = must(await create(input))
    await setState(world, first.id, 'retired')
    const { credential: second } = must(await create(input))
    t.not(second.uid, first.uid)
    t.strictSame(
      credentials()
        .map(({ state }) => state)
        .sort(),
      ['pending', 'retired'],
    )
  }
})

t.test('Another application may have the same certificate', async (t) => {
  const { create, world } = await openCredentials(t)
  await addApplication(world, 'files', ['Mail.Read'], [])
  for (const input of [forms.pem, forms.latest, forms.key]) {
    t.ok((await create(input)).ok)
    t.ok((await create(input, 'files')).ok)
  }
})

t.test('An expired client secret is of no use', async (t) => {
  const { create, credentials, vault, world } = await openCredentials(t)
  const now = new Date(world.clock.now()).toISOString()
  for (const expiresAt of [now, '2020-01-01T00:00:00Z']) {
    const refused = await create({ ...forms.secret, expiresAt })
    t.match(refused, { failure: { code: 'invalid_request', faults: [{ pointer: '/expires_at' }] } })
  }
  t.strictSame(credentials(), [])
  t.strictSame(vault.calls, [])
})

t.test('What is wrong with a client secret is told without it', async (t) => {
  const { create } = await openCredentials(t)
  const refused = await create({ ...forms.secret, expiresAt: '2020-01-01T00:00:00Z' })
  t.notMatch(JSON.stringify(refused), /canary/)
})

t.test('An object that the vault does not have, or has disabled, is named to whoever asked', async (t) => {
  const { create, credentials, vault } = await openCredentials(t)
  vault.disable('certs-mail', 'v2')
  const inputs: readonly (readonly [NewCredential, RegExp])[] = [
    [{ ...forms.latest, name: 'gone' }, /secret "gone"/],
    [{ ...forms.pinned, version: 'v9' }, /secret "certs-mail"/],
    [forms.latest, /secret "certs-mail"/],
    [{ ...forms.key, name: 'gone' }, /key "gone"/],
    [{ ...forms.pinnedKey, version: 'k9' }, /key "mail-key"/],
  ]
  for (const [input, detail] of inputs) {
    t.match(await create(input), { failure: { code: 'certificate_refused', detail, hint: String } })
  }
  t.strictSame(credentials(), [])
})

t.test('A certificate that is refused never reaches the vault', async (t) => {
  const { create, credentials, vault } = await openCredentials(t)
  vault.put('broken', '1', 'broken')
  const refused: readonly NewCredential[] = [
    { ...forms.pem, certificate: 'broken' },
    { ...forms.pkcs12, pkcs12: Buffer.from('broken').toString('base64') },
    { ...forms.latest, name: 'broken' },
    { ...forms.key, certificate: 'broken' },
    { ...forms.key, certificate: 'of another key' },
  ]
  for (const input of refused) t.match(await create(input), { failure: { code: 'certificate_refused' } })
  t.strictSame(vault.stored, [])
  t.strictSame(credentials(), [])
})

t.test('Without the application nothing is made, and the vault is not asked', async (t) => {
  const { create, vault } = await openCredentials(t)
  for (const input of Object.values<NewCredential>(forms)) {
    t.strictSame(await create(input, 'gone'), fail({ code: 'not_found', kind: 'application', id: 'gone' }))
  }
  t.strictSame(vault.calls, [])
})

t.test('While the registry is away nothing is made', async (t) => {
  const { options, world, vault } = await openCredentials(t)
  const registry = unreadableRegistry(world)
  const refused = await createCredential({ ...options, registry }, actor, 'mail', forms.generated)
  t.match(refused, { failure: { code: 'registry_unavailable' } })
  t.strictSame(vault.calls, [])
})
