import t from 'tap'
import { targetOf } from '../../src/broker/authorise.ts'
import { forgetTokens } from '../../src/broker/forget-tokens.ts'
import { targetKey } from '../../src/domain/token.ts'
import { must } from './fixture.ts'
import { actor, addApplication, addTenant, changes, openWorld } from './world.ts'

t.test('what is cached of a tenant is out of reach, and of no other', async (t) => {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail')
  for (const id of ['contoso', 'fabrikam']) await addTenant(world, id, ['mail'])
  const keyOf = (id: string) => {
    const tenant = world.snapshot().tenant(id)
    return tenant && targetKey(targetOf(tenant, application, 'graph'))
  }
  const [contoso, fabrikam] = [keyOf('contoso'), keyOf('fabrikam')]
  must(await forgetTokens(world, actor, 'contoso', 'any'))
  t.not(keyOf('contoso'), contoso)
  t.equal(keyOf('fabrikam'), fabrikam)
  const again = keyOf('contoso')
  must(await forgetTokens(world, actor, 'contoso', 'any'))
  t.not(keyOf('contoso'), again, 'as often as somebody asks')
})

t.test('it is written down, and nothing else of the tenant changes', async (t) => {
  const world = await openWorld(t)
  await addApplication(world, 'mail')
  const before = await addTenant(world, 'contoso', ['mail'], { labels: { plan: 'pro' } })
  must(await forgetTokens(world, actor, 'contoso', { revision: before.revision }))
  const { epoch, revision, ...rest } = world.snapshot().tenant('contoso') ?? before
  t.match(rest, { id: 'contoso', labels: { plan: 'pro' }, updatedAt: before.updatedAt })
  t.ok(epoch > before.epoch && revision > before.revision)
  t.match((await changes(world)).at(-1), {
    action: 'tenant.tokens_forgotten',
    target: 'tenants/contoso',
    actor: 'olga',
    before: null,
    after: null,
  })
})

t.test('a tenant that is not there, or that changed meanwhile, keeps what it has', async (t) => {
  const world = await openWorld(t)
  await addApplication(world, 'mail')
  const before = await addTenant(world, 'contoso', ['mail'])
  const count = (await changes(world)).length
  const stale = await forgetTokens(world, actor, 'contoso', { revision: before.revision - 1 })
  t.match(stale, { ok: false, failure: { code: 'precondition_failed' } })
  const unknown = await forgetTokens(world, actor, 'nobody', 'any')
  t.match(unknown, { ok: false, failure: { code: 'not_found', kind: 'tenant', id: 'nobody' } })
  t.strictSame(world.snapshot().tenant('contoso'), before)
  t.equal((await changes(world)).length, count)
})
