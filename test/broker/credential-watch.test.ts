import { mock } from 'node:test'
import t, { type Test } from 'tap'
import {
  type CredentialReport,
  type CredentialWatchOptions,
  createCredentialWatch,
} from '../../src/broker/credential-watch.ts'
import { removeCredential } from '../../src/broker/remove-credential.ts'
import { unreadableRegistry } from './broken-registries.ts'
import { refusal } from './bundles.ts'
import { forms, openCredentials, setState } from './credential-stage.ts'
import { hour, minute, must, turn } from './fixture.ts'
import { scriptedCustody } from './scripted.ts'
import { actor, addApplication, addCredential } from './world.ts'

const day = 24 * hour

/** A watch whose findings are kept as lines, and whose timer only a test moves. */
async function open(t: Test, changed: Partial<CredentialWatchOptions> = {}) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const stage = await openCredentials(t)
  const custody = scriptedCustody()
  const told: string[] = []
  const report: CredentialReport = {
    expiring: ({ application, credential, days }) =>
      void told.push(`${application.id} ${credential.id} has ${Math.ceil(days)} days`),
    renewed: ({ application, credential }) =>
      void told.push(`${application.id} has ${credential.vaultVersion}`),
    refused: ({ application, name, failure }) => void told.push(`${application} ${name} ${failure.code}`),
    failed: (error) => void told.push(String(error)),
  }
  const watch = createCredentialWatch({ ...stage.options, custody, report, ...changed })
  t.teardown(() => watch.stop())
  const take = () => told.splice(0)
  return { ...stage, custody, report, watch, take }
}

/** Adds a credential that expires in so many days. */
async function addExpiring({ world }: Awaited<ReturnType<typeof open>>, id: string, days: number) {
  const expiresAt = new Date(world.clock.now() + 1 + days * day).toISOString()
  return addCredential(world, 'mail', id, 'active', { expiresAt })
}

t.test('Each threshold that an active credential passes is told once', async (t) => {
  const stage = await open(t)
  const { watch, world, take } = stage
  await addExpiring(stage, 'short', 31)
  await addCredential(world, 'mail', 'pending', 'pending', { expiresAt: '2026-11-21T00:00:00.000Z' })
  for (let passed = 0; passed < 40 * day; passed += 6 * hour) {
    await watch.look()
    world.clock.advance(6 * hour)
  }
  const days = [30, 14, 7, 1, 0]
  t.strictSame(
    take(),
    days.map((left) => `mail short has ${left} days`),
  )
})

t.test('Who was away while thresholds were passed is told of the last one', async (t) => {
  const stage = await open(t)
  const { watch, world, take } = stage
  await addExpiring(stage, 'short', 31)
  world.clock.advance(26 * day)
  await watch.look()
  t.strictSame(take(), ['mail short has 5 days'])
  world.clock.advance(26 * day)
  await watch.look()
  t.strictSame(take(), ['mail short has -21 days'])
})

t.test('Every credential has its own thresholds', async (t) => {
  const stage = await open(t)
  await addExpiring(stage, 'first', 10)
  await addExpiring(stage, 'second', 3)
  await stage.watch.look()
  t.strictSame(stage.take(), ['mail first has 10 days', 'mail second has 3 days'])
  await stage.watch.look()
  t.strictSame(stage.take(), [])
})

t.test('What was retired elsewhere is let go, and nothing else', async (t) => {
  const { watch, world, custody } = await open(t)
  await addApplication(world, 'files', ['Mail.Read'], ['active', 'pending', 'retired', 'active'])
  await watch.look()
  t.strictSame(custody.calls.forgotten, ['files-2'])
  await addCredential(world, 'mail', 'mail-0', 'active')
  await watch.look()
  await setState(world, 'mail-0', 'retired')
  await watch.look()
  t.strictSame(new Set(custody.calls.forgotten), new Set(['files-2', 'mail-0']))
})

t.test('What was retired and removed elsewhere between two looks is let go too', async (t) => {
  const { watch, world, custody, options } = await open(t)
  await addCredential(world, 'mail', 'mail-0', 'active')
  await watch.look()
  await setState(world, 'mail-0', 'retired')
  const elsewhere = { ...options, custody: scriptedCustody() }
  must(await removeCredential(elsewhere, actor, { application: 'mail', credential: 'mail-0' }, undefined))
  await watch.look()
  t.strictSame(custody.calls.forgotten, ['mail-0'])
  await watch.look()
  t.strictSame(custody.calls.forgotten, ['mail-0'], 'once')
})

t.test('A renewed certificate is told once; one that cannot serve, each time', async (t) => {
  const { watch, create, vault, take } = await open(t)
  must(await create(forms.pinned))
  await watch.look()
  t.strictSame(take(), ['mail has v2'])
  await watch.look()
  t.strictSame(take(), [])
  vault.put('certs-mail', 'v3', 'broken')
  for (let look = 0; look < 2; look += 1) await watch.look()
  const line = `mail certs-mail ${refusal.code}`
  t.strictSame(take(), [line, line])
})

t.test('Started, it looks at once and then every ten minutes, until it is stopped', async (t) => {
  const { watch, create, vault, take } = await open(t)
  must(await create(forms.pinned))
  vault.put('certs-mail', 'v3', 'broken')
  const line = `mail certs-mail ${refusal.code}`
  watch.start()
  await turn()
  t.strictSame(take(), [line])
  mock.timers.tick(10 * minute - 1)
  await turn()
  t.strictSame(take(), [])
  for (let round = 0; round < 2; round += 1) {
    mock.timers.tick(round === 0 ? 1 : 10 * minute)
    await turn()
    t.strictSame(take(), [line])
  }
  watch.stop()
  mock.timers.tick(60 * minute)
  await turn()
  t.strictSame(take(), [])
})

t.test('A fault in what it asks is reported, thrown at nobody, and does not end the watch', async (t) => {
  const stage = await openCredentials(t)
  let isBroken = true
  const vault = {
    ...stage.vault,
    read: (name: string) =>
      isBroken ? Promise.reject(new Error('a fault of the broker')) : stage.vault.read(name),
  }
  const { watch, take, world } = await open(t, { vault })
  await addCredential(world, 'mail', 'pinned', 'active', { source: 'key_vault', vaultName: 'certs-mail' })
  watch.start()
  await turn()
  t.strictSame(take(), ['Error: a fault of the broker'])
  isBroken = false
  mock.timers.tick(10 * minute)
  await turn()
  t.strictSame(take(), ['mail has v2'])
})

t.test('While nothing is known of the registry, nothing is told', async (t) => {
  const stage = await openCredentials(t)
  const { watch, take, custody } = await open(t, { registry: unreadableRegistry(stage.world) })
  await watch.look()
  t.strictSame(take(), [])
  t.strictSame(custody.calls.forgotten, [])
})
