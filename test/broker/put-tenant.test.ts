import t, { type Test } from 'tap'
import type { TenantDocument } from '../../src/broker/documents.ts'
import type { Precondition } from '../../src/broker/put.ts'
import { putTenant, removeTenant } from '../../src/broker/put-tenant.ts'
import { guid, must } from './fixture.ts'
import { actor, addApplication, addCaller, addTenant, alter, changes, openWorld } from './world.ts'

const usual: TenantDocument = {
  id: 'contoso',
  directory_id: guid('directory'),
  labels: { region: 'eu' },
  applications: ['mail'],
  role_check: 'strict',
  enabled: true,
}

async function open(t: Test) {
  const world = await openWorld(t)
  await addApplication(world, 'mail', ['Mail.Read'], [])
  await addApplication(world, 'files', ['Mail.Read'], [])
  await addApplication(world, 'chinese', ['Mail.Read'], [])
  await alter(world, 'application', 'chinese', 'cloud', 'china')
  const before = await world.store.revision()
  const put = (changed: Partial<TenantDocument> = {}, precondition: Precondition = 'absent') =>
    putTenant(world, actor, { ...usual, ...changed }, precondition)
  return {
    world,
    put,
    replace: async (changed: Partial<TenantDocument> = {}) => must(await put(changed, 'any')),
    remove: (precondition: Precondition = 'any') => removeTenant(world, actor, usual.id, precondition),
    changed: async () => (await world.store.revision()) - before,
  }
}

t.test('A tenant is registered and known at once', async (t) => {
  const { world, put } = await open(t)
  const { record, outcome } = must(await put({ display_name: 'Contoso', role_check: 'warn', enabled: false }))
  t.equal(outcome, 'created')
  t.match(record, {
    id: 'contoso',
    directoryId: usual.directory_id,
    labels: usual.labels,
    applications: usual.applications,
    displayName: 'Contoso',
    roleCheck: 'warn',
    enabled: false,
    cloud: 'global',
  })
  t.strictSame(world.snapshot().tenant('contoso'), record)
  t.equal(world.snapshot().tenant(usual.directory_id), world.snapshot().tenant('contoso'))
})

t.test('What is not said of it has a default', async (t) => {
  const { world } = await open(t)
  const { id, directory_id, applications } = usual
  const { record } = must(await putTenant(world, actor, { id, directory_id, applications }, 'absent'))
  t.match(record, { roleCheck: 'strict', enabled: true })
  t.strictSame(record.labels, {})
})

t.test('Its applications are kept in order, each once', async (t) => {
  const { put } = await open(t)
  const { record } = must(await put({ applications: ['mail', 'files', 'mail'] }))
  t.strictSame(record.applications, ['files', 'mail'])
})

t.test('Its cloud is that of its applications, and without any the global one', async (t) => {
  const { put } = await open(t)
  const cloudOf = async (changed: Partial<TenantDocument>) => must(await put(changed)).record.cloud
  t.equal(await cloudOf({ applications: ['chinese'] }), 'china')
  const none = { applications: [], directory_id: guid('b') }
  t.equal(await cloudOf({ ...none, id: 'b' }), 'global')
  t.equal(await cloudOf({ ...none, id: 'c', directory_id: guid('c'), cloud: 'dod' }), 'dod')
})

t.test('A directory lives in one cloud: applications of another are refused', async (t) => {
  const { put, changed } = await open(t)
  const faults = (result: Awaited<ReturnType<typeof put>>) =>
    !result.ok && result.failure.code === 'invalid_request' && result.failure.faults.map((f) => f.pointer)
  t.strictSame(faults(await put({ applications: ['mail', 'chinese'] })), ['/cloud'])
  t.strictSame(faults(await put({ cloud: 'usgov', applications: ['mail', 'files'] })), ['/cloud', '/cloud'])
  t.equal(await changed(), 0)
})

t.test('Every application that does not exist is named', async (t) => {
  const { put, changed } = await open(t)
  t.match(await put({ applications: ['gone', 'mail', 'lost'] }), {
    failure: {
      code: 'invalid_request',
      faults: [{ pointer: '/applications/0' }, { pointer: '/applications/2' }],
    },
  })
  t.equal(await changed(), 0)
})

t.test('An id that is reserved or looks like a directory is refused', async (t) => {
  const { put, changed } = await open(t)
  for (const id of ['common', guid('directory')]) {
    t.match(await put({ id }), { failure: { code: 'invalid_request', faults: [{ pointer: '/id' }] } })
  }
  t.equal(await changed(), 0)
})

t.test(
  'An id is given once, and a directory is registered once, in whatever case it is written',
  async (t) => {
    const { world, put, changed } = await open(t)
    const known = await addTenant(world, 'contoso', ['mail'])
    t.strictSame(await put(), {
      ok: false,
      failure: { code: 'already_exists', kind: 'tenant', member: 'id', value: 'contoso' },
    })
    const { directoryId } = known
    t.strictSame(await put({ id: 'another', directory_id: directoryId.toUpperCase() }), {
      ok: false,
      failure: { code: 'already_exists', kind: 'tenant', member: 'directory_id', value: directoryId },
    })
    t.equal(await changed(), 1)
  },
)

t.test('Of two who register the same at once, one succeeds', async (t) => {
  const { put, changed } = await open(t)
  const results = await Promise.all([put(), put()])
  t.strictSame(results.map(({ ok }) => ok).sort(), [false, true])
  t.equal(await changed(), 1)
})

t.test('Who registered it, and what, is kept with the registration', async (t) => {
  const { world, put } = await open(t)
  await put()
  const change = (await changes(world)).at(-1)
  t.match(change, {
    actor: 'olga',
    action: 'tenant.created',
    target: 'tenants/contoso',
    request_id: 'request-1',
    before: null,
  })
  t.strictSame(JSON.parse(change?.after ?? ''), { ...usual, cloud: 'global' })
})

t.test('Replaced, it is what the document says, and the same tenant', async (t) => {
  const { world, put, replace } = await open(t)
  const { record: before } = must(await put({ display_name: 'Contoso' }))
  world.clock.advance(1)
  const { record, outcome } = await replace({ applications: ['files'], labels: {} })
  t.equal(outcome, 'replaced')
  const { uid, createdAt, epoch } = before
  t.match(record, { uid, createdAt, epoch, applications: ['files'] })
  t.notOk('displayName' in record, 'what is left out is taken away')
  t.strictSame(world.snapshot().tenant('contoso'), record)
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'tenant.replaced', target: 'tenants/contoso' })
  t.match(JSON.parse(change?.before ?? ''), { display_name: 'Contoso', applications: ['mail'] })
  t.match(JSON.parse(change?.after ?? ''), { applications: ['files'] })
})

t.test('The same again changes nothing, in whatever form it is written', async (t) => {
  const { put, replace, changed } = await open(t)
  const { record } = must(await put())
  const directory_id = usual.directory_id.toUpperCase()
  t.strictSame(await replace({ directory_id, cloud: 'global' }), { record, outcome: 'unchanged' })
  t.equal(await changed(), 1)
})

t.test('Its directory and its cloud are for life', async (t) => {
  const { put, changed } = await open(t)
  await put()
  t.match(await put({ directory_id: guid('another'), applications: ['chinese'] }, 'any'), {
    failure: { code: 'immutable_member', faults: [{ pointer: '/directory_id' }, { pointer: '/cloud' }] },
  })
  t.equal(await changed(), 1)
})

t.test('Disabling raises its epoch, and nothing else does', async (t) => {
  const { put, replace } = await open(t)
  const { epoch } = must(await put()).record
  t.equal((await replace({ labels: {} })).record.epoch, epoch)
  const disabled = (await replace({ enabled: false })).record.epoch
  t.ok(disabled > epoch)
  t.equal((await replace({ enabled: false, labels: {} })).record.epoch, disabled)
  t.equal((await replace()).record.epoch, disabled)
})

t.test('Who read an older version changes and removes nothing', async (t) => {
  const { put, remove, changed } = await open(t)
  const { revision } = must(await put()).record
  const stale = { ok: false, failure: { code: 'precondition_failed' } }
  t.strictSame(await put({ labels: {} }, { revision: revision - 1 }), stale)
  t.strictSame(await remove({ revision: revision - 1 }), stale)
  t.equal(await changed(), 1)
})

t.test('While a grant names it, it is not removed: a later one must not inherit its callers', async (t) => {
  const { world, put, remove, changed } = await open(t)
  await put()
  await addCaller(world, 'orders', [{ tenants: { ids: ['contoso'] } }])
  await addCaller(world, 'everywhere', [{}])
  t.strictSame(await remove(), {
    ok: false,
    failure: { code: 'in_use', kind: 'tenant', id: 'contoso', usedBy: ['callers/orders'] },
  })
  t.equal(await changed(), 3)
})

t.test('Removed, it is gone at once', async (t) => {
  const { world, put, remove } = await open(t)
  const { record } = must(await put())
  t.ok((await remove({ revision: record.revision })).ok)
  t.equal(world.snapshot().tenant('contoso'), undefined)
  t.equal(world.snapshot().tenant(usual.directory_id), undefined)
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'tenant.removed', target: 'tenants/contoso', after: null })
  t.strictSame(JSON.parse(change?.before ?? ''), { ...usual, cloud: 'global' })
  t.match(await remove(), { failure: { code: 'not_found', kind: 'tenant', id: 'contoso' } })
  t.not(must(await put()).record.epoch, record.epoch, 'nothing that was cached before is found again')
})
