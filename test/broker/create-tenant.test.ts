import t, { type Test } from 'tap'
import { createTenant, type NewTenant } from '../../src/broker/create-tenant.ts'
import { guid, must } from './fixture.ts'
import { actor, addApplication, addTenant, alter, changes, openWorld } from './world.ts'

const usual: NewTenant = {
  id: 'contoso',
  directoryId: guid('directory'),
  labels: { region: 'eu' },
  applications: ['mail'],
  roleCheck: 'strict',
  enabled: true,
}

async function open(t: Test) {
  const world = await openWorld(t)
  await addApplication(world, 'mail', ['Mail.Read'], [])
  await addApplication(world, 'files', ['Mail.Read'], [])
  await addApplication(world, 'chinese', ['Mail.Read'], [])
  await alter(world, 'application', 'chinese', 'cloud', 'china')
  const before = await world.store.revision()
  return {
    world,
    create: (changed: Partial<NewTenant> = {}) => createTenant(world, actor, { ...usual, ...changed }),
    changed: async () => (await world.store.revision()) - before,
  }
}

t.test('A tenant is registered and known at once', async (t) => {
  const { world, create } = await open(t)
  const created = must(await create({ displayName: 'Contoso', roleCheck: 'warn', enabled: false }))
  t.match(created, { ...usual, displayName: 'Contoso', roleCheck: 'warn', enabled: false, cloud: 'global' })
  t.strictSame(world.snapshot().tenant('contoso'), created)
  t.equal(world.snapshot().tenant(usual.directoryId), world.snapshot().tenant('contoso'))
})

t.test('Its applications are kept in order, each once', async (t) => {
  const { create } = await open(t)
  const { applications } = must(await create({ applications: ['mail', 'files', 'mail'] }))
  t.strictSame(applications, ['files', 'mail'])
})

t.test('Its cloud is that of its applications, and without any the global one', async (t) => {
  const { create } = await open(t)
  t.equal(must(await create({ applications: ['chinese'] })).cloud, 'china')
  const none = { applications: [], directoryId: guid('b') }
  t.equal(must(await create({ ...none, id: 'b' })).cloud, 'global')
  const chosen = { ...none, id: 'c', directoryId: guid('c'), cloud: 'dod' } as const
  t.equal(must(await create(chosen)).cloud, 'dod')
})

t.test('A directory lives in one cloud: applications of another are refused', async (t) => {
  const { create, changed } = await open(t)
  const faults = (result: Awaited<ReturnType<typeof create>>) =>
    !result.ok && result.failure.code === 'invalid_request' && result.failure.faults.map((f) => f.pointer)
  t.strictSame(faults(await create({ applications: ['mail', 'chinese'] })), ['/cloud'])
  t.strictSame(faults(await create({ cloud: 'usgov', applications: ['mail', 'files'] })), [
    '/cloud',
    '/cloud',
  ])
  t.equal(await changed(), 0)
})

t.test('Every application that does not exist is named', async (t) => {
  const { create, changed } = await open(t)
  t.match(await create({ applications: ['gone', 'mail', 'lost'] }), {
    failure: {
      code: 'invalid_request',
      faults: [{ pointer: '/applications/0' }, { pointer: '/applications/2' }],
    },
  })
  t.equal(await changed(), 0)
})

t.test('An id that is reserved or looks like a directory is refused', async (t) => {
  const { create, changed } = await open(t)
  for (const id of ['common', guid('directory')]) {
    t.match(await create({ id }), { failure: { code: 'invalid_request', faults: [{ pointer: '/id' }] } })
  }
  t.equal(await changed(), 0)
})

t.test(
  'An id is given once, and a directory is registered once, in whatever case it is written',
  async (t) => {
    const { world, create, changed } = await open(t)
    const known = await addTenant(world, 'contoso', ['mail'])
    t.strictSame(await create(), {
      ok: false,
      failure: { code: 'already_exists', kind: 'tenant', member: 'id', value: 'contoso' },
    })
    const { directoryId } = known
    t.strictSame(await create({ id: 'another', directoryId: directoryId.toUpperCase() }), {
      ok: false,
      failure: { code: 'already_exists', kind: 'tenant', member: 'directory_id', value: directoryId },
    })
    t.equal(await changed(), 1)
  },
)

t.test('Of two who register the same at once, one succeeds', async (t) => {
  const { create, changed } = await open(t)
  const results = await Promise.all([create(), create()])
  t.strictSame(results.map(({ ok }) => ok).sort(), [false, true])
  t.equal(await changed(), 1)
})

t.test('Who registered it, and what, is kept with the registration', async (t) => {
  const { world, create } = await open(t)
  await create()
  const change = (await changes(world)).at(-1)
  t.match(change, {
    actor: 'olga',
    action: 'tenant.created',
    target: 'tenants/contoso',
    request_id: 'request-1',
  })
  t.match(JSON.parse(change?.after ?? ''), {
    directory_id: usual.directoryId,
    cloud: 'global',
    labels: { region: 'eu' },
    applications: ['mail'],
  })
})
