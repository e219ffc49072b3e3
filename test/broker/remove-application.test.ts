import t, { type Test } from 'tap'
import type { Precondition } from '../../src/broker/put.ts'
import { putApplication } from '../../src/broker/put-application.ts'
import { removeApplication } from '../../src/broker/remove-application.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail } from '../../src/domain/result.ts'
import { guid, must } from './fixture.ts'
import { scriptedCustody } from './scripted.ts'
import { scriptedVault } from './scripted-vault.ts'
import { actor, addApplication, addCredential, addTenant, alter, changes, openWorld } from './world.ts'

const away: MintFailure = { code: 'key_vault_unavailable', retryAfterSeconds: 5 }

async function open(t: Test) {
  const world = await openWorld(t)
  const vault = scriptedVault()
  const custody = scriptedCustody()
  const options = { ...world, vault, custody }
  return {
    world,
    vault,
    custody,
    options,
    remove: (precondition: Precondition = 'any') => removeApplication(options, actor, 'mail', precondition),
  }
}

t.test('While a tenant uses it or a credential could sign, it is not removed', async (t) => {
  const { world, vault, remove } = await open(t)
  await addApplication(world, 'mail', ['Mail.Read'], ['active', 'pending', 'retired'])
  await addTenant(world, 'contoso', ['mail'])
  const before = await world.store.revision()
  const usedBy = [
    'tenants/contoso',
    'applications/mail/credentials/mail-0',
    'applications/mail/credentials/mail-1',
  ]
  t.strictSame(await remove(), fail({ code: 'in_use', kind: 'application', id: 'mail', usedBy }))
  t.equal(await world.store.revision(), before)
  t.strictSame(vault.calls, [], 'the secret of the retired one stays too')
})

t.test('Who read an older version removes nothing', async (t) => {
  const { world, vault, remove } = await open(t)
  const { revision } = await addApplication(world, 'mail', ['Mail.Read'], ['retired'])
  t.strictSame(await remove({ revision: revision + 1 }), fail({ code: 'precondition_failed' }))
  t.ok(world.snapshot().application('mail'))
  t.strictSame(vault.calls, [])
})

t.test('Removed, it is gone at once, and its names are free', async (t) => {
  const { world, remove } = await open(t)
  const document = { id: 'mail', client_id: guid('client'), display_name: 'Mail', permissions: ['Mail.Read'] }
  const { record } = must(await putApplication(world, actor, document, 'absent'))
  t.ok((await remove({ revision: record.revision })).ok)
  t.equal(world.snapshot().application('mail'), undefined)
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'application.removed', target: 'applications/mail', after: null })
  t.match(JSON.parse(change?.before ?? ''), document)
  t.match(await remove(), { failure: { code: 'not_found', kind: 'application', id: 'mail' } })
  const { record: again } = must(await putApplication(world, actor, document, 'absent'))
  t.not(again.uid, record.uid)
  t.not(again.epoch, record.epoch, 'nothing that was cached before is found again')
})

t.test('The secrets that the broker made for it go with it; those of others stay', async (t) => {
  const { world, vault, custody, remove } = await open(t)
  await addApplication(world, 'mail', ['Mail.Read'], ['retired', 'retired'])
  await addCredential(world, 'mail', 'pinned', 'retired', { source: 'key_vault', vaultName: 'certs-mail' })
  await addCredential(world, 'mail', 'shared', 'retired', { vaultName: 'gtb-shared' })
  await addApplication(world, 'files', ['Mail.Read'], [])
  await addCredential(world, 'files', 'files-0', 'active', { source: 'key_vault', vaultName: 'GTB-shared' })
  for (const name of ['gtb-mail-0', 'gtb-mail-1', 'certs-mail', 'gtb-shared']) vault.put(name, '1', 'value')
  t.ok((await remove()).ok)
  t.strictSame(vault.names(), ['certs-mail', 'gtb-shared'])
  t.strictSame(custody.calls.forgotten, ['mail-0', 'mail-1', 'pinned', 'shared'])
})

t.test('While the vault is away it is not removed; the same call ends it later', async (t) => {
  const { world, vault, remove } = await open(t)
  await addApplication(world, 'mail', ['Mail.Read'], ['retired', 'retired'])
  const before = await world.store.revision()
  vault.refuse(away, 'remove')
  t.strictSame(await remove(), fail(away))
  t.equal(await world.store.revision(), before)
  t.equal(world.snapshot().application('mail')?.credentials.length, 2)
  vault.refuse(undefined, 'remove')
  t.ok((await remove()).ok)
})

t.test('A tenant that takes it up while the vault takes its time keeps it', async (t) => {
  const { world, options, vault } = await open(t)
  const { revision } = await addApplication(world, 'mail', ['Mail.Read'], ['retired'])
  const slow = {
    ...vault,
    async remove(name: string) {
      await addTenant(world, 'contoso', ['mail'])
      return vault.remove(name)
    },
  }
  const refused = await removeApplication({ ...options, vault: slow }, actor, 'mail', { revision })
  t.match(refused, { failure: { code: 'in_use', usedBy: ['tenants/contoso'] } })
  t.ok(world.snapshot().application('mail'))
})

t.test('An application that changes while the vault takes its time is looked at again', async (t) => {
  const { world, options, vault } = await open(t)
  const { revision } = await addApplication(world, 'mail', ['Mail.Read'], ['retired'])
  const slow = {
    ...vault,
    async remove(name: string) {
      await alter(world, 'application', 'mail', 'display_name', 'Renamed')
      return vault.remove(name)
    },
  }
  const refused = await removeApplication({ ...options, vault: slow }, actor, 'mail', { revision })
  t.strictSame(refused, fail({ code: 'precondition_failed' }))
  t.ok(world.snapshot().application('mail'))
})
