import t from 'tap'
import { createKey, removeKey } from '../../src/broker/keys.ts'
import { putCaller } from '../../src/broker/put-caller.ts'
import { minute, must, sha256 } from './fixture.ts'
import { actor, addCaller, changes, openWorld } from './world.ts'

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
  t.strictSame(JSON.parse(change?.after ?? ''), { id: key.id, expires_at: expiresAt })
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

t.test('A revoked key is gone at once, makes room, and leaves the other one alone', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [])
  const first = must(await createKey(world, actor, 'orders', undefined)).key
  const second = must(await createKey(world, actor, 'orders', undefined)).key
  t.ok((await removeKey(world, actor, 'orders', first.id)).ok)
  t.equal(world.snapshot().callerByKey(first.id), undefined)
  t.match(world.snapshot().caller('orders')?.keys, [{ id: second.id }])
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'key.removed', target: `callers/orders/keys/${first.id}`, after: null })
  t.strictSame(JSON.parse(change?.before ?? ''), { id: first.id })
  t.ok((await createKey(world, actor, 'orders', undefined)).ok)
})

t.test('A key that is not there is not revoked, nor is that of another caller', async (t) => {
  const world = await openWorld(t)
  await addCaller(world, 'orders', [])
  await addCaller(world, 'billing', [])
  const { key } = must(await createKey(world, actor, 'orders', undefined))
  const before = await world.store.revision()
  t.strictSame(await removeKey(world, actor, 'billing', key.id), {
    ok: false,
    failure: { code: 'not_found', kind: 'key', id: key.id },
  })
  t.match(await removeKey(world, actor, 'nobody', key.id), { failure: { kind: 'caller', id: 'nobody' } })
  t.equal(await world.store.revision(), before)
})

t.test('The last key of the only operator stays', async (t) => {
  const world = await openWorld(t)
  must(await putCaller(world, actor, { id: 'olga', role: 'operator', grants: [] }, 'absent'))
  const first = must(await createKey(world, actor, 'olga', undefined)).key
  const second = must(await createKey(world, actor, 'olga', undefined)).key
  t.ok((await removeKey(world, actor, 'olga', first.id)).ok, 'she has another one')
  t.strictSame(await removeKey(world, actor, 'olga', second.id), {
    ok: false,
    failure: { code: 'last_operator', id: 'olga' },
  })
  t.match(world.snapshot().caller('olga')?.keys, [{ id: second.id }])
})
