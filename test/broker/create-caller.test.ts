import t from 'tap'
import { createCaller, createKey, type NewCaller } from '../../src/broker/create-caller.ts'
import { minute, must, sha256 } from './fixture.ts'
import { actor, addCaller, changes, openWorld } from './world.ts'

const usual: NewCaller = { id: 'orders', role: 'caller', enabled: true, grants: [] }

t.test('A caller is registered with its grants and known at once', async (t) => {
  const world = await openWorld(t)
  const grants = [
    { tenants: { kind: 'all' }, permissions: ['mail.send', 'Mail.Read'], excess: 'allow' },
    { tenants: { kind: 'ids', ids: ['contoso'] }, permissions: [], excess: 'refuse' },
    { tenants: { kind: 'labels', labels: { region: 'eu' } }, permissions: ['Mail.Read'], excess: 'refuse' },
  ] as const
  const created = must(
    await createCaller(world, actor, { ...usual, role: 'auditor', dialect: 'aurinko', grants }),
  )
  t.match(created, { id: 'orders', role: 'auditor', dialect: 'aurinko', enabled: true, keys: [] })
  t.strictSame(created.grants[0]?.permissions, [
    { resource: 'graph', value: 'Mail.Read' },
    { resource: 'graph', value: 'Mail.Send' },
  ])
  t.strictSame(world.snapshot().caller('orders'), created)
})

t.test('Everything that is wrong with a caller is said at once, and where', async (t) => {
  const world = await openWorld(t)
  const grant = { tenants: { kind: 'all' }, excess: 'refuse' } as const
  const grants = [
    { ...grant, permissions: ['Mail.Read'] },
    { ...grant, permissions: ['Mail.Read', 'Mail.Raed'] },
  ]
  t.match(await createCaller(world, actor, { ...usual, id: 'callers', grants }), {
    failure: {
      code: 'invalid_request',
      faults: [{ pointer: '/id' }, { pointer: '/grants/1/permissions/1' }],
    },
  })
  t.equal(await world.store.revision(), 0)
})

t.test('The id of a caller is given once', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [])
  t.strictSame(await createCaller(world, actor, usual), {
    ok: false,
    failure: { code: 'already_exists', kind: 'caller', member: 'id', value: 'orders' },
  })
  t.equal(await world.store.revision(), 1)
})

t.test('Who registered a caller is kept with the registration', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [{}])
  const [change] = await changes(world)
  t.match(change, { actor: 'olga', action: 'caller.created', target: 'callers/orders' })
  t.match(JSON.parse(change?.after ?? ''), { id: 'orders', grants: [{ permissions: ['Mail.Read'] }] })
})

t.test('A key is shown once; the broker keeps its digest alone', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [])
  const expiresAt = new Date(world.clock.now() + minute).toISOString()
  const { key, createdAt, ...expiry } = must(await createKey(world, actor, 'orders', expiresAt))
  t.strictSame(expiry, { expiresAt })
  t.strictSame(world.snapshot().caller('orders')?.keys, [
    { id: key.id, sha256: sha256(key.text), createdAt, expiresAt },
  ])
  const secret = key.text.split('.')[2] ?? ''
  const kept = JSON.stringify([await changes(world), await world.store.changesSince(0)])
  t.notOk(kept.includes(secret))
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'key.created', target: `callers/orders/keys/${key.id}`, actor: 'olga' })
  t.strictSame(JSON.parse(change?.after ?? ''), { id: key.id, expiresAt })
})

t.test('Two keys may be valid at a time and no more; one that is over makes room', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [])
  const soon = new Date(world.clock.now() + minute).toISOString()
  t.ok((await createKey(world, actor, 'orders', undefined)).ok)
  t.ok((await createKey(world, actor, 'orders', soon)).ok)
  const before = await world.store.revision()
  t.match(await createKey(world, actor, 'orders', undefined), {
    failure: { code: 'conflict', hint: /delete/ },
  })
  t.equal(await world.store.revision(), before)
  world.clock.advance(minute)
  t.ok((await createKey(world, actor, 'orders', undefined)).ok)
})

t.test('Three keys that are made at once are two', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [])
  const made = await Promise.all([1, 2, 3].map(() => createKey(world, actor, 'orders', undefined)))
  t.strictSame(made.map(({ ok }) => ok).sort(), [false, true, true])
  t.equal(world.snapshot().caller('orders')?.keys.length, 2)
})

t.test('A key must not be over before it begins', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [])
  const now = new Date(world.clock.now()).toISOString()
  t.match(await createKey(world, actor, 'orders', now), {
    failure: { code: 'invalid_request', faults: [{ pointer: '/expires_at' }] },
  })
  t.equal(world.snapshot().caller('orders')?.keys.length, 0)
})

t.test('Nobody gets no key', async (t) => {
  const world = await openWorld(t)
  t.strictSame(await createKey(world, actor, 'nobody', undefined), {
    ok: false,
    failure: { code: 'not_found', kind: 'caller', id: 'nobody' },
  })
  t.equal(await world.store.revision(), 0)
})
