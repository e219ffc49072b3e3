import t, { type Test } from 'tap'
import { removeCredential } from '../../src/broker/remove-credential.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail } from '../../src/domain/result.ts'
import { unreadableRegistry } from './broken-registries.ts'
import { scriptedCustody } from './scripted.ts'
import { scriptedVault } from './scripted-vault.ts'
import { actor, addApplication, addCredential, alter, changes, openWorld } from './world.ts'

const away: MintFailure = { code: 'key_vault_unavailable', retryAfterSeconds: 5 }

/** An application with one credential in each state, their secrets in the vault. */
async function open(t: Test) {
  const world = await openWorld(t)
  await addApplication(world, 'mail', ['Mail.Read'], ['pending', 'active', 'retired'])
  const vault = scriptedVault()
  for (const { vaultName } of world.snapshot().application('mail')?.credentials ?? []) {
    vault.put(vaultName, '1', 'value')
  }
  const custody = scriptedCustody()
  const options = { ...world, vault, custody }
  const remove = (credential: string, ifRevision?: number) =>
    removeCredential(options, actor, { application: 'mail', credential }, ifRevision)
  const ids = () =>
    world
      .snapshot()
      .application('mail')
      ?.credentials.map(({ id }) => id)
  return { world, vault, custody, options, remove, ids }
}

t.test('A retired credential goes, and its secret with it', async (t) => {
  const { remove, ids, vault, custody, world } = await open(t)
  const before = world.snapshot().application('mail')?.revision ?? 0
  t.ok((await remove('mail-2', before)).ok)
  t.strictSame(ids(), ['mail-0', 'mail-1'])
  t.strictSame(vault.calls, ['remove gtb-mail-2'])
  t.strictSame(vault.names(), ['gtb-mail-0', 'gtb-mail-1'])
  t.strictSame(custody.calls.forgotten, ['mail-2'])
  t.ok((world.snapshot().application('mail')?.revision ?? 0) > before)
})

t.test('What may still sign, now or later, is not removed', async (t) => {
  const { remove, ids, vault } = await open(t)
  t.match(await remove('mail-0'), { failure: { code: 'conflict', detail: 'The credential is pending.' } })
  t.match(await remove('mail-1'), { failure: { code: 'conflict', detail: 'The credential is active.' } })
  t.strictSame(ids(), ['mail-0', 'mail-1', 'mail-2'])
  t.strictSame(vault.calls, [])
})

t.test('What the broker did not put into the vault stays there', async (t) => {
  const { remove, ids, vault, world } = await open(t)
  vault.put('certs-mail', '1', 'value')
  await addCredential(world, 'mail', 'pinned', 'retired', { source: 'key_vault', vaultName: 'certs-mail' })
  t.ok((await remove('pinned')).ok)
  t.notOk(ids()?.includes('pinned'))
  t.strictSame(vault.calls, [])
})

t.test('A secret that another credential names stays, whatever the case of its name', async (t) => {
  const { remove, ids, vault, world } = await open(t)
  await addApplication(world, 'files', ['Mail.Read'], [])
  const pinned = { source: 'key_vault', vaultName: 'GTB-mail-2' } as const
  await addCredential(world, 'files', 'pinned', 'active', pinned)
  t.ok((await remove('mail-2')).ok)
  t.strictSame(ids(), ['mail-0', 'mail-1'])
  t.ok(vault.names().includes('gtb-mail-2'))
})

t.test('While the vault is away or refuses, nothing is removed', async (t) => {
  const { remove, ids, vault, custody, world } = await open(t)
  const before = await world.store.revision()
  for (const failure of [away, { code: 'key_vault_denied' } as const]) {
    vault.refuse(failure, 'remove')
    t.strictSame(await remove('mail-2'), fail(failure))
  }
  t.equal(await world.store.revision(), before)
  t.strictSame(ids(), ['mail-0', 'mail-1', 'mail-2'])
  t.strictSame(custody.calls.forgotten, [])
})

t.test('If the change is lost after the secret is gone, the same call ends it', async (t) => {
  const { remove, ids, vault, options, world } = await open(t)
  const reference = { application: 'mail', credential: 'mail-2' }
  const lost = { ...world.registry, commit: () => Promise.reject(new Error('lost')) }
  await t.rejects(removeCredential({ ...options, registry: lost }, actor, reference, undefined), /lost/)
  t.notOk(vault.names().includes('gtb-mail-2'))
  t.ok(ids()?.includes('mail-2'))
  t.ok((await remove('mail-2')).ok)
  t.notOk(ids()?.includes('mail-2'))
})

t.test('Who read an older state must read again', async (t) => {
  const { remove, ids, vault, world } = await open(t)
  const before = world.snapshot().application('mail')?.revision ?? 0
  await alter(world, 'application', 'mail', 'display_name', 'Renamed')
  t.strictSame(await remove('mail-2', before), fail({ code: 'precondition_failed' }))
  t.ok(ids()?.includes('mail-2'))
  t.strictSame(vault.calls, [])
})

t.test('What changed while the vault took its time is looked at again', async (t) => {
  const { options, ids, vault, world } = await open(t)
  const slow = {
    ...vault,
    async remove(name: string) {
      await alter(world, 'application', 'mail', 'display_name', 'Renamed')
      return vault.remove(name)
    },
  }
  const ifRevision = world.snapshot().application('mail')?.revision
  const reference = { application: 'mail', credential: 'mail-2' }
  const refused = await removeCredential({ ...options, vault: slow }, actor, reference, ifRevision)
  t.strictSame(refused, fail({ code: 'precondition_failed' }))
  t.ok(ids()?.includes('mail-2'))
})

t.test('What is not there cannot be removed', async (t) => {
  const { remove, options } = await open(t)
  t.strictSame(await remove('gone'), fail({ code: 'not_found', kind: 'credential', id: 'gone' }))
  const reference = { application: 'gone', credential: 'mail-2' }
  t.strictSame(
    await removeCredential(options, actor, reference, undefined),
    fail({ code: 'not_found', kind: 'application', id: 'gone' }),
  )
  t.ok((await remove('mail-2')).ok)
  t.strictSame(await remove('mail-2'), fail({ code: 'not_found', kind: 'credential', id: 'mail-2' }))
})

t.test('Who removed it, and what it was, is kept with the change', async (t) => {
  const { remove, world } = await open(t)
  await remove('mail-2')
  const change = (await changes(world)).at(-1)
  t.match(change, {
    actor: 'olga',
    action: 'credential.removed',
    target: 'applications/mail/credentials/mail-2',
    after: null,
  })
  t.match(JSON.parse(change?.before ?? ''), {
    type: 'certificate',
    source: 'generated',
    state: 'retired',
    key_vault: { name: 'gtb-mail-2' },
  })
})

t.test('While the registry is away nothing is removed, in the vault neither', async (t) => {
  const { options, vault, world } = await open(t)
  const reference = { application: 'mail', credential: 'mail-2' }
  const registry = unreadableRegistry(world)
  const refused = await removeCredential({ ...options, registry }, actor, reference, undefined)
  t.match(refused, { failure: { code: 'registry_unavailable' } })
  t.strictSame(vault.calls, [])
})
