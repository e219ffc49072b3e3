import t, { type Test } from 'tap'
import { createConsentTickets } from '../../src/broker/consent-ticket.ts'
import { createFollowConsentLink } from '../../src/broker/follow-consent-link.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import { microsoftClouds } from '../../src/domain/cloud.ts'
import { hour } from './fixture.ts'
import { addApplication, addTenant, alter, openWorld, removeTenant } from './world.ts'

const unknown = {
  ok: false,
  failure: { code: 'not_found', kind: 'consent link', id: 'expired, revoked or mistyped' },
}

async function open(t: Test) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail')
  const tenant = await addTenant(world, 'contoso', ['mail'])
  const tickets = createConsentTickets([Buffer.alloc(32, 1)], world.clock.now)
  const issue = (tenantEpoch = tenant.epoch) =>
    tickets.issue({ tenantUid: tenant.uid, applicationUid: application.uid, tenantEpoch })
  const follow = createFollowConsentLink(world.registry, tickets, microsoftClouds)
  return { world, application, tenant, tickets, issue, follow }
}

t.test('A link leads to the consent page of exactly the expected directory and application', async (t) => {
  const { follow, issue, tenant, application } = await open(t)
  t.strictSame(follow(issue()), {
    ok: true,
    value: `https://login.microsoftonline.com/${tenant.directoryId}/adminconsent?client_id=${application.clientId}`,
  })
})

t.test(
  'A link that is mistyped, expired or revoked leads nowhere, and says the same each time',
  async (t) => {
    const { follow, issue, world, tenant } = await open(t)
    const link = issue()
    t.strictSame(follow('made.up'), unknown)
    t.strictSame(follow(issue(tenant.epoch + 1)), unknown)
    await alter(world, 'tenant', 'contoso', 'epoch', 1_000)
    t.strictSame(follow(link), unknown, 'the epoch was raised')
    const renewed = issue(1_000)
    t.ok(follow(renewed).ok)
    world.clock.advance(9 * 24 * hour)
    t.strictSame(follow(renewed), unknown, 'too old')
  },
)

t.test('A link dies with its tenant, and a later tenant of the same name does not inherit it', async (t) => {
  const { follow, issue, world, tenant } = await open(t)
  const link = issue()
  await removeTenant(world, tenant)
  t.strictSame(follow(link), unknown)
  await addTenant(world, 'contoso', ['mail'])
  t.strictSame(follow(link), unknown)
})

t.test('A link for an application that the tenant does not use leads nowhere', async (t) => {
  const { follow, world, tenant, tickets } = await open(t)
  const other = await addApplication(world, 'other')
  const ticket = { tenantUid: tenant.uid, tenantEpoch: tenant.epoch }
  t.strictSame(follow(tickets.issue({ ...ticket, applicationUid: other.uid })), unknown)
  t.strictSame(follow(tickets.issue({ ...ticket, applicationUid: 'gone' })), unknown)
})

t.test('While the registry is away, a link says so instead of being unknown', async (t) => {
  const { world, tickets, issue } = await open(t)
  const never = createRegistry({ ...world, maximumStaleness: 0, pollInterval: 1_000, onError: t.error })
  const follow = createFollowConsentLink(never, tickets, microsoftClouds)
  t.match(follow(issue()), { failure: { code: 'registry_unavailable' } })
})
