import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { changeCredentialState } from '../../src/broker/change-credential-state.ts'
import { createCredential } from '../../src/broker/create-credential.ts'
import { createKey, removeKey } from '../../src/broker/keys.ts'
import { putApplication } from '../../src/broker/put-application.ts'
import { putCaller, removeCaller } from '../../src/broker/put-caller.ts'
import { putTenant, removeTenant } from '../../src/broker/put-tenant.ts'
import { removeApplication } from '../../src/broker/remove-application.ts'
import { removeCredential } from '../../src/broker/remove-credential.ts'
import { certificates } from './bundles.ts'
import { openCache } from './cache-stage.ts'
import { guid } from './fixture.ts'
import { scriptedCustody, scriptedIssuer } from './scripted.ts'
import { scriptedVault } from './scripted-vault.ts'
import { actor, addApplication, addCaller, addTenant, openWorld, type World } from './world.ts'

const vaultOf = () => ({ vault: scriptedVault(), custody: scriptedCustody() })
const stateOptions = (world: World) => ({
  ...world,
  ...vaultOf(),
  issuer: scriptedIssuer(),
  cache: openCache().cache,
})
const revisionOf = (world: World) => world.snapshot().application('mail')?.revision ?? 0
const credential = (id: string) => ({ application: 'mail', credential: id })

const uses: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'an application': (world) => addApplication(world, 'new', ['Mail.Read'], []),
  'a tenant': (world) => addTenant(world, 'new', ['mail']),
  'a caller': (world) => addCaller(world, 'new', [{}]),
  'a key': (world) => createKey(world, actor, 'orders', undefined),
  'an application that is replaced': (world) => {
    const document = { id: 'files', client_id: guid('application files'), display_name: 'Files' }
    return putApplication(world, actor, { ...document, permissions: [] }, 'any')
  },
  'a tenant that is replaced': (world) => {
    const document = { id: 'contoso', directory_id: guid('directory contoso'), applications: ['mail'] }
    return putTenant(world, actor, { ...document, enabled: false }, 'any')
  },
  'a caller that is replaced': (world) =>
    putCaller(world, actor, { id: 'orders', role: 'auditor', grants: [] }, 'any'),
  'an application that is removed': (world) =>
    removeApplication({ ...world, ...vaultOf() }, actor, 'files', 'any'),
  'a tenant that is removed': (world) => removeTenant(world, actor, 'contoso', 'any'),
  'a caller that is removed': (world) => removeCaller(world, actor, 'orders', 'any'),
  'a key that is revoked': (world) =>
    removeKey(world, actor, 'orders', world.snapshot().caller('orders')?.keys[0]?.id ?? ''),
  'a credential': (world) =>
    createCredential({ ...world, ...vaultOf(), certificates }, actor, 'mail', {
      type: 'certificate',
      source: 'generated',
      subject: 'CN=mail',
      keySize: 2048,
      validityDays: 30,
    }),
  'the state of a credential': (world) => {
    const change = { state: 'active', verify: false, ifRevision: revisionOf(world) } as const
    return changeCredentialState(stateOptions(world), actor, credential('mail-0'), change)
  },
  'a credential that somebody else may have': (world) => {
    const change = { state: 'retired', compromised: true, ifRevision: revisionOf(world) } as const
    return changeCredentialState(stateOptions(world), actor, credential('mail-0'), change)
  },
  'a credential that is removed': (world) =>
    removeCredential({ ...world, ...vaultOf() }, actor, credential('mail-1'), undefined),
}

async function open(t: Test): Promise<World> {
  const world = await openWorld(t)
  await addApplication(world, 'mail', ['Mail.Read'], ['pending', 'retired'])
  await addApplication(world, 'files', ['Mail.Read'], [])
  await addTenant(world, 'contoso', ['mail'])
  await addCaller(world, 'orders', [])
  await createKey(world, actor, 'orders', undefined)
  return world
}

for (const [name, use] of Object.entries(uses)) {
  t.test(`If its audit row cannot be written, ${name} is not changed either`, async (t) => {
    const world = await open(t)
    const before = await world.store.changesSince(0)
    await sql`alter table audit_change rename to audit_change_away`.execute(world.db)
    await t.rejects(use(world), /audit_change/)
    t.strictSame(await world.store.changesSince(0), before)
    t.equal(world.snapshot().revision, before.revision)
  })

  t.test(`Every change of ${name} leaves exactly one audit row, of its own revision`, async (t) => {
    const world = await open(t)
    await sql`delete from audit_change`.execute(world.db)
    await use(world)
    const rows = await world.db.selectFrom('audit_change').selectAll().execute()
    t.match(rows, [
      { revision: await world.store.revision(), position: 1, actor: 'olga', request_id: 'request-1' },
    ])
    t.equal(rows.length, 1)
  })
}
