import t, { type Test } from 'tap'
import type { CallerDocument } from '../../src/broker/documents.ts'
import { createKey, removeKey } from '../../src/broker/keys.ts'
import type { Precondition } from '../../src/broker/put.ts'
import { putCaller, removeCaller } from '../../src/broker/put-caller.ts'
import { minute, must } from './fixture.ts'
import { actor, addCaller, changes, openWorld, trustedIssuer } from './world.ts'

const usual: CallerDocument = { id: 'orders', role: 'caller', enabled: true, identities: [], grants: [] }

async function open(t: Test) {
  const world = await openWorld(t)
  return {
    world,
    put: (changed: Partial<CallerDocument> = {}, precondition: Precondition = 'absent') =>
      putCaller(world, actor, { ...usual, ...changed }, precondition),
    remove: (id = 'orders', precondition: Precondition = 'any') =>
      removeCaller(world, actor, id, precondition),
  }
}

t.test('A caller is registered with its grants and known at once', async (t) => {
  const { world, put } = await open(t)
  const grants = [
    { tenants: '*', permissions: ['mail.send', 'Mail.Read'], excess: 'allow' },
    { tenants: { ids: ['contoso'] }, permissions: [], excess: 'refuse' },
    { tenants: { labels: { region: 'eu' } }, permissions: ['Mail.Read'] },
  ] as const
  const { record, outcome } = must(await put({ role: 'auditor', dialect: 'aurinko', grants }))
  t.equal(outcome, 'created')
  t.match(record, { id: 'orders', role: 'auditor', dialect: 'aurinko', enabled: true, keys: [] })
  t.strictSame(record.grants[0]?.permissions, [
    { resource: 'graph', value: 'Mail.Read' },
    { resource: 'graph', value: 'Mail.Send' },
  ])
  t.strictSame(
    record.grants.map(({ tenants }) => tenants),
    [{ kind: 'all' }, { kind: 'ids', ids: ['contoso'] }, { kind: 'labels', labels: { region: 'eu' } }],
  )
  t.equal(record.grants[2]?.excess, 'refuse', 'where nothing is said')
  t.strictSame(world.snapshot().caller('orders'), record)
})

t.test('Everything that is wrong with a caller is said at once, and where', async (t) => {
  const { world, put } = await open(t)
  const grants = [
    { tenants: '*', permissions: ['Mail.Read'] },
    { tenants: '*', permissions: ['Mail.Read', 'Mail.Raed'] },
  ] as const
  t.match(await put({ id: 'callers', grants }), {
    failure: {
      code: 'invalid_request',
      faults: [{ pointer: '/id' }, { pointer: '/grants/1/permissions/1' }],
    },
  })
  t.equal(await world.store.revision(), 0)
})

t.test('The id of a caller is given once', async (t) => {
  const { world, put } = await open(t)
  await addCaller(world, 'orders', [])
  t.strictSame(await put(), {
    ok: false,
    failure: { code: 'already_exists', kind: 'caller', member: 'id', value: 'orders' },
  })
  t.equal(await world.store.revision(), 1)
})

t.test('Who registered a caller is kept with the registration', async (t) => {
  const { world } = await open(t)
  await addCaller(world, 'orders', [{}])
  const [change] = await changes(world)
  t.match(change, { actor: 'olga', action: 'caller.created', target: 'callers/orders', before: null })
  const grants = [{ tenants: '*', permissions: ['Mail.Read'], excess: 'refuse' }]
  t.strictSame(JSON.parse(change?.after ?? ''), { ...usual, grants })
})

t.test('Replaced, it keeps its identity and its keys', async (t) => {
  const { world, put } = await open(t)
  const before = await addCaller(world, 'orders', [{}])
  must(await createKey(world, actor, 'orders', undefined))
  const keys = world.snapshot().caller('orders')?.keys
  const { record, outcome } = must(await put({ enabled: false, role: 'auditor' }, 'any'))
  t.equal(outcome, 'replaced')
  t.match(record, { uid: before.uid, createdAt: before.createdAt, enabled: false, role: 'auditor' })
  t.strictSame(record.grants, [])
  t.strictSame(record.keys, keys)
  t.strictSame(world.snapshot().caller('orders'), record)
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'caller.replaced', target: 'callers/orders' })
  t.match(JSON.parse(change?.before ?? ''), { role: 'caller', enabled: true })
  t.strictSame(JSON.parse(change?.after ?? ''), { ...usual, enabled: false, role: 'auditor' })
})

t.test('The same again changes nothing, in whatever form it is written', async (t) => {
  const { world, put } = await open(t)
  const grants = [{ tenants: { ids: ['b', 'a'] }, permissions: ['Mail.Read', 'Mail.Send'] }] as const
  const { record } = must(await put({ grants }))
  const same = [
    { tenants: { ids: ['a', 'b'] }, permissions: ['mail.send', 'MAIL.READ'], excess: 'refuse' },
  ] as const
  t.strictSame(must(await put({ grants: same }, 'any')), { record, outcome: 'unchanged' })
  t.equal(await world.store.revision(), 1)
})

t.test('Who read an older version changes and removes nothing', async (t) => {
  const { world, put, remove } = await open(t)
  const { revision } = must(await put()).record
  const stale = { ok: false, failure: { code: 'precondition_failed' } }
  t.strictSame(await put({ enabled: false }, { revision: revision + 1 }), stale)
  t.strictSame(await remove('orders', { revision: revision + 1 }), stale)
  t.equal(await world.store.revision(), 1)
})

t.test('Removed, a caller is gone at once, with its keys', async (t) => {
  const { world, put, remove } = await open(t)
  must(await put())
  const { key } = must(await createKey(world, actor, 'orders', undefined))
  t.ok((await remove()).ok)
  t.equal(world.snapshot().caller('orders'), undefined)
  t.equal(world.snapshot().callerByKey(key.id), undefined)
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'caller.removed', target: 'callers/orders', after: null })
  t.strictSame(JSON.parse(change?.before ?? ''), usual)
  t.match(await remove(), { failure: { code: 'not_found', kind: 'caller', id: 'orders' } })
})

t.test('The only operator who can sign in stays one', async (t) => {
  const { world, put, remove } = await open(t)
  const olga = { id: 'olga', role: 'operator' } as const
  const ada = { id: 'ada', role: 'operator' } as const
  for (const document of [olga, ada]) must(await put(document))
  must(await createKey(world, actor, 'olga', undefined))
  const last = { ok: false, failure: { code: 'last_operator', id: 'olga' } }
  const tries = [
    () => put({ ...olga, enabled: false }, 'any'),
    () => put({ ...olga, role: 'auditor' }, 'any'),
    () => remove('olga'),
  ]
  for (const attempt of tries) t.strictSame(await attempt(), last, 'Ada has no key')
  const brief = new Date(world.clock.now() + minute).toISOString()
  must(await createKey(world, actor, 'ada', brief))
  world.clock.advance(minute)
  for (const attempt of tries) t.strictSame(await attempt(), last, 'her key is over')
  must(await put({ ...ada, enabled: false }, 'any'))
  must(await createKey(world, actor, 'ada', undefined))
  for (const attempt of tries) t.strictSame(await attempt(), last, 'she is disabled')
  must(await put(ada, 'any'))
  t.ok((await remove('olga')).ok)
  t.match(world.snapshot().callers(), [{ id: 'ada' }])
})

const identity = { issuer: trustedIssuer, subject: 'system:serviceaccount:orders:api' }

t.test('A caller is known by its identities, once each and in any order', async (t) => {
  const { world, put } = await open(t)
  const other = { ...identity, subject: 'other' }
  const { record } = must(await put({ identities: [identity, other, { ...identity }] }))
  t.equal(record.identities.length, 2)
  for (const each of [identity, other]) t.strictSame(world.snapshot().callerByIdentity(each), record)
  t.strictSame(must(await put({ identities: [other, identity] }, 'any')), { record, outcome: 'unchanged' })
  const change = (await changes(world)).at(-1)
  t.strictSame(JSON.parse(change?.after ?? '').identities, record.identities)
  must(await put({}, 'any'))
  t.equal(world.snapshot().callerByIdentity(identity), undefined, 'and no longer')
})

t.test('An identity belongs to one caller; once that lets it go, another may have it', async (t) => {
  const { world, put, remove } = await open(t)
  const claimed = { id: 'claims', identities: [identity] } as const
  must(await put({ identities: [{ ...identity, subject: 'own' }, identity] }))
  t.strictSame(await put(claimed), {
    ok: false,
    failure: {
      code: 'already_exists',
      kind: 'caller',
      member: 'identity',
      value: `${identity.issuer} ${identity.subject}`,
    },
  })
  t.equal(world.snapshot().callerByIdentity(identity)?.id, 'orders')
  t.ok((await put({ ...claimed, identities: [{ ...identity, issuer: `${trustedIssuer}/` }] })).ok)
  must(await put({ identities: [] }, 'any'))
  must(await put(claimed, 'any'))
  t.equal(world.snapshot().callerByIdentity(identity)?.id, 'claims')
  t.ok((await remove('claims')).ok)
  t.ok((await put({ identities: [identity] }, 'any')).ok)
})

t.test('An identity is claimed once, however many claim it at once', async (t) => {
  const { world, put } = await open(t)
  const claims = ['a', 'b', 'c'].map((id) => put({ id, identities: [identity] }))
  t.strictSame((await Promise.all(claims)).map(({ ok }) => ok).sort(), [false, false, true])
  t.equal(world.snapshot().callers().length, 1)
})

t.test('An operator who has an identity of a trusted issuer, and no key, can be the last', async (t) => {
  const { world, put, remove } = await open(t)
  const olga = { id: 'olga', role: 'operator', identities: [identity] } as const
  must(await put(olga))
  const last = { ok: false, failure: { code: 'last_operator', id: 'olga' } }
  t.strictSame(await remove('olga'), last)
  t.strictSame(await put({ ...olga, identities: [] }, 'any'), last)
  t.strictSame(
    await put({ ...olga, identities: [{ ...identity, issuer: 'https://nobody.example' }] }, 'any'),
    last,
    'nobody trusts that one',
  )
  const { key } = must(await createKey(world, actor, 'olga', undefined))
  must(await put({ ...olga, identities: [] }, 'any'))
  t.strictSame(await removeKey(world, actor, 'olga', key.id), last)
  must(await put(olga, 'any'))
  t.ok((await removeKey(world, actor, 'olga', key.id)).ok, 'the identity is enough')
})
