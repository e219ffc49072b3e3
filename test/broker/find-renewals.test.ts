import t, { type Test } from 'tap'
import { createCredential } from '../../src/broker/create-credential.ts'
import { findRenewals } from '../../src/broker/find-renewals.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail } from '../../src/domain/result.ts'
import { unwritableRegistry } from './broken-registries.ts'
import { privateKeyCanary, publicPartNamed, refusal } from './bundles.ts'
import { forms, openCredentials, setState } from './credential-stage.ts'
import { must, seededRandom } from './fixture.ts'
import { actor, addApplication, changes } from './world.ts'

/** An application that signs with the first version of a certificate which Key Vault has renewed since. */
async function open(t: Test) {
  const stage = await openCredentials(t)
  const { create, options, world, vault } = stage
  const { credential } = must(await create(forms.pinned))
  await setState(world, credential.id, 'active')
  vault.calls.length = 0
  const find = () => findRenewals(options, world.snapshot().applications())
  const states = () =>
    stage
      .credentials()
      .map(({ vaultName, vaultVersion, state }) => `${vaultName} ${vaultVersion} ${state}`)
      .sort()
  return { ...stage, credential, find, states }
}

t.test('A new version becomes a pending credential, and what signs stays what it is', async (t) => {
  const { find, states, credentials } = await open(t)
  const { pending, refused } = await find()
  t.match(pending, [
    {
      application: { id: 'mail' },
      credential: {
        ...publicPartNamed(`second ${privateKeyCanary}`),
        type: 'certificate',
        source: 'key_vault',
        vaultVersion: 'v2',
      },
    },
  ])
  t.strictSame(refused, [])
  t.strictSame(states(), ['certs-mail v1 active', 'certs-mail v2 pending'])
  t.notOk(credentials().find(({ vaultVersion }) => vaultVersion === 'v2')?.activatedAt)
})

t.test('A version that was found and retired while a look was under way does not come back', async (t) => {
  const { find, options, world, states } = await open(t)
  const before = world.snapshot().applications()
  const [found] = (await find()).pending
  if (found === undefined) return t.fail('it was not found')
  await setState(world, found.credential.id, 'retired')
  t.strictSame(await findRenewals(options, before), { pending: [], refused: [] })
  t.strictSame(states(), ['certs-mail v1 active', 'certs-mail v2 retired'])
})

t.test('A version that is known is found once, whatever becomes of its credential', async (t) => {
  const { find, world, states } = await open(t)
  const [found] = (await find()).pending
  if (found === undefined) return t.fail('it was not found')
  for (const state of ['pending', 'active', 'retired'] as const) {
    await setState(world, found.credential.id, state)
    const before = await world.store.revision()
    t.strictSame(await find(), { pending: [], refused: [] }, state)
    t.equal(await world.store.revision(), before)
  }
  t.strictSame(states(), ['certs-mail v1 active', 'certs-mail v2 retired'])
})

t.test('Each new version is found in its turn', async (t) => {
  const { find, vault, states } = await open(t)
  await find()
  vault.put('certs-mail', 'v3', 'third')
  t.match((await find()).pending, [{ credential: { vaultVersion: 'v3' } }])
  t.strictSame(states(), ['certs-mail v1 active', 'certs-mail v2 pending', 'certs-mail v3 pending'])
})

t.test('Of certificates that are all retired nothing is looked at', async (t) => {
  const { find, world, vault, credential } = await open(t)
  await setState(world, credential.id, 'retired')
  t.strictSame(await find(), { pending: [], refused: [] })
  t.strictSame(vault.calls, [])
})

t.test('One that is not active yet is looked after too', async (t) => {
  const { find, world, credential } = await open(t)
  await setState(world, credential.id, 'pending')
  t.equal((await find()).pending.length, 1)
})

t.test('What the broker made, keys and client secrets are not looked at', async (t) => {
  const { find, world, vault, create, credential } = await open(t)
  await setState(world, credential.id, 'retired')
  for (const input of [forms.generated, forms.pem, forms.pkcs12, forms.key, forms.secret]) await create(input)
  vault.calls.length = 0
  t.strictSame(await find(), { pending: [], refused: [] })
  t.strictSame(vault.calls, [])
})

t.test('A certificate that two credentials name is read once', async (t) => {
  const { find, vault } = await open(t)
  await find()
  vault.calls.length = 0
  await find()
  t.strictSame(vault.calls, ['read certs-mail'])
})

t.test('Each application that uses the certificate gets the new version', async (t) => {
  const { find, world, create } = await open(t)
  await addApplication(world, 'files', ['Mail.Read'], [])
  must(await create(forms.pinned, 'files'))
  const { pending } = await find()
  t.strictSame(
    pending.map(({ application }) => application.id),
    ['files', 'mail'],
  )
})

t.test('Two replicas that find it at once make one credential of it', async (t) => {
  const { options, world, states } = await open(t)
  const other = createRegistry({
    store: world.store,
    clock: world.clock,
    maximumStaleness: Number.POSITIVE_INFINITY,
    pollInterval: 2 ** 31 - 1,
    onError: (error) => t.fail('the registry cannot be read', { error }),
  })
  const replicas = [options, { ...options, registry: other, random: seededRandom('other') }]
  const told = await Promise.all(
    replicas.map(async (replica) => {
      const { registry } = replica
      return findRenewals(replica, must(await registry.current()).applications())
    }),
  )
  t.strictSame(told.map(({ pending }) => pending.length).sort(), [0, 1])
  t.strictSame(
    told.flatMap(({ refused }) => refused),
    [],
  )
  must(await world.registry.current())
  t.strictSame(states(), ['certs-mail v1 active', 'certs-mail v2 pending'])
})

t.test('A version that cannot serve changes nothing, and is told with its reason', async (t) => {
  const { find, vault, world, states } = await open(t)
  vault.put('certs-mail', 'v3', 'broken: an elliptic curve, or no private key')
  const before = await world.store.revision()
  const refused = [{ application: 'mail', name: 'certs-mail', failure: refusal }]
  t.strictSame(await find(), { pending: [], refused })
  t.equal(await world.store.revision(), before)
  t.strictSame(states(), ['certs-mail v1 active'])
})

t.test('A version that is disabled is told too, and does not keep the others from being found', async (t) => {
  const { find, vault, world, create } = await open(t)
  await addApplication(world, 'files', ['Mail.Read'], [])
  vault.put('certs-files', 'f1', 'files')
  must(await create({ ...forms.latest, name: 'certs-files' }, 'files'))
  vault.put('certs-files', 'f2', 'files again')
  vault.disable('certs-files', 'f2')
  const { pending, refused } = await find()
  const failure = { code: 'credential_unreadable', vaultName: 'certs-files' }
  t.strictSame(refused, [{ application: 'files', name: 'certs-files', failure }])
  t.match(pending, [{ application: { id: 'mail' } }])
})

t.test('While the vault is away, that is what is told', async (t) => {
  const { find, vault, states } = await open(t)
  const away: MintFailure = { code: 'key_vault_unavailable', retryAfterSeconds: 5 }
  vault.refuse(away, 'read')
  const { pending, refused } = await find()
  t.strictSame(pending, [])
  t.strictSame(refused, [{ application: 'mail', name: 'certs-mail', failure: away }])
  t.strictSame(states(), ['certs-mail v1 active'])
})

t.test('While the registry cannot be written, that is what is told', async (t) => {
  const { options, world } = await open(t)
  const registry = unwritableRegistry(world)
  const { refused } = await findRenewals({ ...options, registry }, world.snapshot().applications())
  t.match(refused, [{ application: 'mail', failure: { code: 'registry_unavailable' } }])
})

t.test('An application that is gone meanwhile is nothing to tell of', async (t) => {
  const { options, world } = await open(t)
  const gone = {
    ...world.registry,
    commit: async () => fail({ code: 'not_found', kind: 'application', id: 'mail' } as const),
  }
  const told = await findRenewals({ ...options, registry: gone }, world.snapshot().applications())
  t.strictSame(told, { pending: [], refused: [] })
})

t.test('The same certificate as a new version is no renewal', async (t) => {
  const { find, vault, states } = await open(t)
  vault.put('certs-mail', 'v3', `first ${privateKeyCanary}`)
  t.strictSame(await find(), { pending: [], refused: [] })
  t.strictSame(states(), ['certs-mail v1 active'])
})

t.test('The audit names the broker itself, by a name that no caller can have', async (t) => {
  const { find, world } = await open(t)
  await find()
  const change = (await changes(world)).at(-1)
  t.match(change, { actor: 'broker:renewal', action: 'credential.created' })
  t.match(JSON.parse(change?.after ?? ''), {
    state: 'pending',
    key_vault: { name: 'certs-mail', version: 'v2' },
  })
  t.notMatch(JSON.stringify(await changes(world)), /canary/)
})

t.test('An operator who adds the new version before it is found has done it', async (t) => {
  const { options, find, states } = await open(t)
  must(await createCredential(options, actor, 'mail', forms.latest))
  t.strictSame(await find(), { pending: [], refused: [] })
  t.strictSame(states(), ['certs-mail v1 active', 'certs-mail v2 pending'])
})
