import t, { type Test } from 'tap'
import { deriveKeys } from '../../src/broker/broker-secret.ts'
import { createReadConsentOutcome } from '../../src/broker/consent-outcome.ts'
import { createConsentReceipts } from '../../src/broker/consent-receipt.ts'
import { claimOf } from '../../src/broker/consent-subject.ts'
import { createConsentTickets } from '../../src/broker/consent-ticket.ts'
import { ok } from '../../src/domain/result.ts'
import type { Observation, RoleCheck } from '../../src/domain/tenant.ts'
import { hour, must, second } from './fixture.ts'
import { addApplication, addTenant, alter, openWorld } from './world.ts'

const secret = { current: Buffer.alloc(32, 1) }
const keys = deriveKeys(secret, 'consent-receipt')

interface Scene {
  readonly permissions?: readonly string[]
  readonly roleCheck?: RoleCheck
}

/** An administrator who has just come back from Microsoft, and what is seen of the directory since. */
async function open(t: Test, { permissions, roleCheck = 'strict' }: Scene = {}) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail', permissions)
  const tenant = await addTenant(world, 'contoso', ['mail'], { role_check: roleCheck })
  const { clock, registry } = world
  const receipts = createConsentReceipts(keys, clock.now)
  const read = createReadConsentOutcome({ registry, clock, receipts })
  const startedAt = clock.now()
  const receipt = receipts.issue({ claim: claimOf({ tenant, application }), startedAt })
  return {
    world,
    receipt,
    startedAt,
    read,
    kind: () => read(receipt).kind,
    async see(seen: Partial<Observation>, resource: Observation['resource'] = 'graph') {
      const identity = { tenantUid: tenant.uid, applicationUid: application.uid, resource }
      const commit = registry.commit(async (transaction) =>
        ok(await transaction.saveObservation({ ...identity, ...seen, revision: transaction.revision })),
      )
      must(await commit)
    },
    at: (seconds = 0) => new Date(startedAt + seconds * second).toISOString(),
  }
}

t.test('Ready is what was seen since in every resource, with all that was declared', async (t) => {
  const permissions = ['Mail.Read', 'outlook:IMAP.AccessAsApp']
  const { kind, see, at, world } = await open(t, { permissions })
  t.equal(kind(), 'checking')
  await see({ roles: ['Mail.Read'], observedAt: at(-1) })
  await see({ roles: ['IMAP.AccessAsApp'], observedAt: at(0) }, 'outlook')
  t.equal(kind(), 'checking', 'one was seen before')
  await see({ roles: ['Mail.ReadWrite'], observedAt: at(0) })
  t.equal(kind(), 'ready')
  world.clock.advance(hour - 1)
  t.equal(kind(), 'ready')
  world.clock.advance(1)
  t.equal(kind(), 'link_invalid')
})

t.test('After 70 seconds it is said what keeps it', async (t) => {
  const cases = [
    [{ roles: [] }, 'permissions_missing'],
    [{ failure: 'application_not_in_directory' }, 'permissions_missing'],
    [{ failure: 'entra_unavailable' }, 'microsoft_unavailable'],
    [{ failure: 'entra_throttled' }, 'microsoft_unavailable'],
    [{ failure: 'credential_rejected' }, 'not_verified'],
    [{ failure: 'key_vault_unavailable' }, 'not_verified'],
    [{ failure: 'policy_blocked' }, 'not_verified'],
    [{}, 'not_verified'],
  ] as const
  const scene = await open(t)
  scene.world.clock.advance(70 * second - 1)
  for (const [seen, outcome] of cases) {
    const observed = 'failure' in seen ? { failure: { code: seen.failure, at: scene.at(1) } } : seen
    await scene.see({ ...observed, observedAt: scene.at(1) })
    t.equal(scene.kind(), 'checking')
    scene.world.clock.advance(1)
    t.equal(scene.kind(), outcome, JSON.stringify(seen))
    scene.world.clock.step(-1)
  }
  scene.world.clock.advance(1)
  const correlationId = '6ba7b812-9dad-41d1-80b4-00c04fd430c8'
  await scene.see({ failure: { code: 'policy_blocked', at: scene.at(1), correlationId } })
  t.match(scene.read(scene.receipt), { kind: 'not_verified', correlationId }, 'for Microsoft’s support')
  await scene.see({ roles: ['Mail.Read'], observedAt: scene.at(-1) })
  t.equal(scene.kind(), 'not_verified', 'nobody has looked since')
  await scene.see({ failure: { code: 'entra_unavailable', at: scene.at(-1) } })
  t.equal(scene.kind(), 'not_verified', 'nor failed since')
  await scene.see({ roles: ['Mail.Read'], observedAt: scene.at(200) })
  t.equal(scene.kind(), 'ready', 'whoever saw it, and however late')
})

t.test('Roles that cannot be read are enough where they are not checked', async (t) => {
  for (const [roleCheck, outcome] of [
    ['warn', 'ready'],
    ['strict', 'not_verified'],
  ] as const) {
    const { see, kind, at, world } = await open(t, { roleCheck })
    await see({ observedAt: at(1) })
    world.clock.advance(71 * second)
    t.equal(kind(), outcome, roleCheck)
  }
})

t.test('A receipt is of this broker, for this, and dies with the epoch', async (t) => {
  const { read, receipt, world, kind, startedAt } = await open(t)
  t.match(receipt, /^[A-Za-z0-9_.-]{1,512}$/)
  const parts = receipt.split('.')
  const tickets = createConsentTickets(deriveKeys(secret, 'consent-ticket'), world.clock.now)
  const [tenantUid = '', applicationUid = '', epoch] = parts
  const forged = [
    'x',
    '',
    `${receipt}.`,
    [...parts.slice(0, 3), startedAt + 1_000, parts[4]].join('.'),
    tickets.issue({ tenantUid, applicationUid, tenantEpoch: Number(epoch) }),
  ]
  for (const text of forged) t.strictSame(read(text), { kind: 'link_invalid' }, text)
  t.equal(kind(), 'checking')
  await alter(world, 'tenant', 'contoso', 'epoch', 1_000)
  t.equal(kind(), 'link_invalid')
})
