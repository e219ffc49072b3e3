import t, { type Test } from 'tap'
import { createIssueToken } from '../../src/broker/issue-token.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import { unavailable } from './cache-stage.ts'
import { hour, minute, second, sha256, tokenOf } from './fixture.ts'
import { type Issuing, openIssuing, told } from './issuing.ts'
import { addApplication, addCaller, addTenant, alter } from './world.ts'

async function openSimple(test: Test): Promise<Issuing> {
  const issuing = await openIssuing(test)
  await addApplication(issuing, 'mail')
  await addTenant(issuing, 'contoso', ['mail'])
  await addCaller(issuing, 'orders', [{}])
  return issuing
}

t.test('A granted token is minted once and then comes from the cache', async (t) => {
  const { ask, give, entra, snapshot } = await openSimple(t)
  const first = ask()
  await give({ value: 'T', roles: ['Mail.Read'], uti: 'uti-1' })
  const issued = await first
  t.match(issued, {
    ok: true,
    value: {
      origin: 'mint',
      accessToken: 'T',
      token: { uti: 'uti-1' },
      tenant: { id: 'contoso' },
      application: { id: 'mail' },
      resource: 'graph',
      roles: { scope: ['Mail.Read'], granted: ['Mail.Read'], missing: [], excess: [] },
    },
  })
  t.equal(told(await ask()), 'hit mail T')
  t.equal(entra.calls.length, 1)
  t.match(entra.calls[0]?.asked, {
    target: { directoryId: snapshot().tenant('contoso')?.directoryId, resource: 'graph' },
    credential: { id: 'mail-0' },
    signingAlg: 'PS256',
  })
})

t.test('The tenant may be named by its id or by the GUID of its directory, in either case', async (t) => {
  const { ask, give, snapshot } = await openSimple(t)
  const directory = snapshot().tenant('contoso')?.directoryId ?? ''
  const first = ask({ tenant: directory.toUpperCase() })
  await give({ value: 'T' })
  t.equal(told(await first), 'mint mail T')
  t.equal(told(await ask({ tenant: directory })), 'hit mail T')
  t.equal(told(await ask()), 'hit mail T')
})

t.test('Two callers and two wishes share one token: it carries whatever was granted', async (t) => {
  const issuing = await openSimple(t)
  await addCaller(issuing, 'billing', [{}])
  const waiting = [issuing.ask(), issuing.ask({ scopes: ['Mail.ReadOnly'] }, 'billing')]
  await issuing.give({ value: 'T' })
  t.strictSame((await Promise.all(waiting)).map(told), ['mint mail T', 'shared mail T'])
})

t.test('What cannot be read as a wish is refused before anything is looked up', async (t) => {
  const { ask, entra } = await openSimple(t)
  t.match(await ask({ scopes: ['Mail.Raed'] }), {
    failure: { code: 'unknown_scope', unmapped: [{ scope: 'Mail.Raed', reason: 'unknown' }] },
  })
  t.equal(told(await ask({ scopes: ['openid'] })), 'no_permission_requested')
  t.match(await ask({ scopes: ['Mail.Read', 'outlook:IMAP.AccessAsApp'] }), {
    failure: { code: 'mixed_resources', resources: ['graph', 'outlook'] },
  })
  t.equal(told(await ask({ scopes: ['Mail.Raed'], tenant: 'nobody' }, 'nobody')), 'unknown_scope')
  t.equal(entra.calls.length, 0)
})

t.test('Whoever is unknown or disabled gets nothing, warm cache or not', async (t) => {
  const issuing = await openSimple(t)
  const first = issuing.ask()
  await issuing.give()
  await first
  t.equal(told(await issuing.ask({}, 'nobody')), 'unauthenticated')
  await alter(issuing, 'caller', 'orders', 'enabled', 0)
  t.equal(told(await issuing.ask()), 'unauthenticated')
})

t.test('A tenant that is unknown and one that is not granted are told apart by nothing', async (t) => {
  const issuing = await openSimple(t)
  await addTenant(issuing, 'fabrikam', ['mail'])
  await addCaller(issuing, 'billing', [{ tenants: { ids: ['fabrikam'] } }])
  const warm = issuing.ask()
  await issuing.give()
  await warm
  const ungranted = await issuing.ask({}, 'billing')
  const unknown = await issuing.ask({ tenant: 'northwind' }, 'billing')
  t.strictSame(ungranted, { ok: false, failure: { code: 'tenant_not_granted' } })
  t.strictSame(unknown, ungranted)
  t.equal(issuing.entra.calls.length, 1)
})

t.test('Entra is told nothing of a wish that is not granted, even where a token is held', async (t) => {
  const { ask, give, entra } = await openSimple(t)
  const warm = ask()
  await give({ roles: ['Mail.Read', 'Mail.Send'] })
  await warm
  t.match(await ask({ scopes: ['Mail.Read', 'Mail.Send'] }), {
    failure: { code: 'permission_not_granted', permissions: ['Mail.Send'] },
  })
  t.equal(entra.calls.length, 1)
})

t.test('A disabled tenant is said to be so to those it is granted to', async (t) => {
  const issuing = await openIssuing(t)
  await addApplication(issuing, 'mail')
  await addTenant(issuing, 'contoso', ['mail'], { enabled: false })
  await addCaller(issuing, 'orders', [{}])
  await addCaller(issuing, 'billing', [])
  t.match(await issuing.ask(), { failure: { code: 'tenant_disabled', tenant: 'contoso' } })
  t.equal(told(await issuing.ask({}, 'billing')), 'tenant_not_granted')
})

t.test('A permission that no application of the tenant declares is said so', async (t) => {
  const issuing = await openSimple(t)
  await addCaller(issuing, 'billing', [{ permissions: ['Mail.Send'] }])
  t.match(await issuing.ask({ scopes: ['Mail.Send'] }, 'billing'), {
    failure: { code: 'permission_not_declared', tenant: 'contoso', permissions: ['Mail.Send'] },
  })
})

t.test("Entra's failure is told as it is, and remembered", async (t) => {
  const { ask, refuse, entra } = await openSimple(t)
  const first = ask()
  await refuse(unavailable)
  t.strictSame(await first, { ok: false, failure: unavailable })
  t.equal(told(await ask()), 'entra_unavailable')
  t.equal(entra.calls.length, 1)
})

t.test('A token that lives too short for its caller is renewed for it', async (t) => {
  const { ask, give, clock } = await openSimple(t)
  const first = ask()
  await give({ value: 'old', refreshIn: hour })
  await first
  clock.advance(20 * minute)
  t.equal(told(await ask({ minimumValiditySeconds: 2400 })), 'hit mail old')
  const demanding = ask({ minimumValiditySeconds: 2401 })
  await give({ value: 'new' })
  t.equal(told(await demanding), 'mint mail new')
})

t.test('A life that no token has is asked of Entra once a request, not again and again', async (t) => {
  const { ask, entra, clock } = await openSimple(t)
  entra.always(() => ({ ok: true, value: tokenOf(clock, { value: 'short', lifetime: 10 * minute }) }))
  t.equal(told(await ask({ minimumValiditySeconds: 3000 })), 'mint mail short')
  t.equal(entra.calls.length, 1)
})

t.test('A token that Graph refused is replaced for who says so', async (t) => {
  const { ask, give, clock } = await openSimple(t)
  const first = ask()
  await give({ value: 'old' })
  await first
  const rejecting = ask({ rejectedTokenSha256: sha256('old') })
  await give({ value: 'new' })
  t.equal(told(await rejecting), 'mint mail new')
  clock.advance(second)
  t.equal(told(await ask({ rejectedTokenSha256: sha256('old') })), 'hit mail new')
})

t.test('While the registry is away nobody gets a token, warm cache or not', async (t) => {
  const { ask, give, cache, clock, store } = await openSimple(t)
  const registry = createRegistry({
    store,
    clock,
    maximumStaleness: minute,
    pollInterval: hour,
    onError: t.error,
  })
  const issueToken = createIssueToken({ registry, cache, consentUrl: () => '' })
  const first = ask()
  await give()
  await first
  t.strictSame(await issueToken('orders', { tenant: 'contoso', scopes: ['Mail.Read'], dialect: 'aurinko' }), {
    ok: false,
    failure: { code: 'registry_unavailable', retryAfterSeconds: 5 },
  })
})
