import t, { type Test } from 'tap'
import type { ApplicationDocument } from '../../src/broker/documents.ts'
import type { Precondition } from '../../src/broker/put.ts'
import { putApplication } from '../../src/broker/put-application.ts'
import { guid, must } from './fixture.ts'
import { actor, addApplication, changes, openWorld, type World } from './world.ts'

const usual: ApplicationDocument = {
  id: 'mail',
  client_id: guid('client'),
  cloud: 'global',
  display_name: 'Mail',
  permissions: ['Mail.Read'],
  signing_alg: 'PS256',
}

async function open(t: Test) {
  const world = await openWorld(t)
  return {
    world,
    put: (changed: Partial<ApplicationDocument> = {}, precondition: Precondition = 'absent') =>
      putApplication(world, actor, { ...usual, ...changed }, precondition),
  }
}

async function nothingChanged(t: Test, world: World, before = 0): Promise<void> {
  t.equal(await world.store.revision(), before)
  t.equal(world.snapshot().revision, before)
}

t.test('An application is registered and known at once', async (t) => {
  const { world, put } = await open(t)
  const optional = { support_url: 'https://example.com/support', return_url: 'https://example.com/done' }
  const created = must(await put({ ...optional, signing_alg: 'RS256', cloud: 'china' }))
  const at = '2026-11-20T12:00:00.000Z'
  t.match(created, {
    outcome: 'created',
    record: {
      supportUrl: optional.support_url,
      returnUrl: optional.return_url,
      id: 'mail',
      clientId: usual.client_id,
      cloud: 'china',
      signingAlg: 'RS256',
      permissions: [{ resource: 'graph', value: 'Mail.Read' }],
      credentials: [],
      revision: 1,
      createdAt: at,
      updatedAt: at,
    },
  })
  t.strictSame(world.snapshot().application('mail'), created.record)
})

t.test('What is not said of it has a default', async (t) => {
  const { world } = await open(t)
  const { id, client_id, display_name, permissions } = usual
  const least = { id, client_id, display_name, permissions }
  const { record } = must(await putApplication(world, actor, least, 'absent'))
  t.match(record, { cloud: 'global', signingAlg: 'PS256' })
})

t.test('Its permissions are written as Microsoft writes them, in order, each once', async (t) => {
  const { put } = await open(t)
  const permissions = ['mail.send', 'outlook:imap.accessasapp', 'Mail.Read', 'MAIL.READ', 'graph:Mail.Read']
  t.match(must(await put({ permissions })).record, {
    permissions: [
      { resource: 'graph', value: 'Mail.Read' },
      { resource: 'graph', value: 'Mail.Send' },
      { resource: 'outlook', value: 'IMAP.AccessAsApp' },
    ],
  })
})

t.test('Everything that is wrong is said at once, and where', async (t) => {
  const { world, put } = await open(t)
  const refused = await put({ id: 'tokens', permissions: ['Mail.Raed', 'Mail.Read', 'User.Read'] })
  t.match(refused, {
    failure: {
      code: 'invalid_request',
      faults: [{ pointer: '/id' }, { pointer: '/permissions/0' }, { pointer: '/permissions/2' }],
    },
  })
  await nothingChanged(t, world)
})

t.test('An id is given once', async (t) => {
  const { world, put } = await open(t)
  await addApplication(world, 'mail', [], [])
  t.strictSame(await put(), {
    ok: false,
    failure: { code: 'already_exists', kind: 'application', member: 'id', value: 'mail' },
  })
  await nothingChanged(t, world, 1)
})

t.test('A client id is registered once in a cloud, in whatever case it is written', async (t) => {
  const { world, put } = await open(t)
  await put({ id: 'first', client_id: usual.client_id.toUpperCase() })
  t.strictSame(await put(), {
    ok: false,
    failure: { code: 'already_exists', kind: 'application', member: 'client_id', value: usual.client_id },
  })
  await nothingChanged(t, world, 1)
  t.match(await put({ cloud: 'usgov' }), { ok: true })
})

t.test('No two applications share an epoch', async (t) => {
  const { world } = await open(t)
  const [a, b] = [await addApplication(world, 'a', [], []), await addApplication(world, 'b', [], [])]
  t.not(a.epoch, b.epoch)
})

t.test('Who registered it, and what, is kept with the registration', async (t) => {
  const { world, put } = await open(t)
  await put()
  const [change, ...others] = await changes(world)
  t.strictSame(others, [])
  t.match(change, {
    revision: 1,
    actor: 'olga',
    request_id: 'request-1',
    action: 'application.created',
    target: 'applications/mail',
    at: '2026-11-20T12:00:00.000Z',
    before: null,
  })
  t.strictSame(JSON.parse(change?.after ?? ''), usual)
})

t.test('Replaced, it keeps its identity, its credentials and its epoch', async (t) => {
  const { world, put } = await open(t)
  const before = await addApplication(world, 'mail')
  world.clock.advance(1)
  const document = { client_id: before.clientId, display_name: 'Post', permissions: ['Mail.Send'] }
  const { record, outcome } = must(await put(document, { revision: before.revision }))
  t.equal(outcome, 'replaced')
  const { uid, epoch, credentials, createdAt } = before
  t.match(record, { uid, epoch, credentials, createdAt, displayName: 'Post' })
  t.ok(record.revision > before.revision && record.updatedAt > before.updatedAt)
  t.strictSame(world.snapshot().application('mail'), record)
  const change = (await changes(world)).at(-1)
  t.match(change, { action: 'application.replaced', target: 'applications/mail' })
  t.match(JSON.parse(change?.before ?? ''), { display_name: 'mail', permissions: ['Mail.Read'] })
  t.match(JSON.parse(change?.after ?? ''), { display_name: 'Post', permissions: ['Mail.Send'] })
})

t.test('The same again changes nothing, in whatever form it is written', async (t) => {
  const { world, put } = await open(t)
  const { record } = must(await put())
  const same = { client_id: usual.client_id.toUpperCase(), permissions: ['MAIL.READ', 'graph:Mail.Read'] }
  t.strictSame(must(await put(same, 'any')), { record, outcome: 'unchanged' })
  await nothingChanged(t, world, 1)
})

t.test('Its client id and its cloud are for life', async (t) => {
  const { world, put } = await open(t)
  await put()
  t.match(await put({ client_id: guid('another'), cloud: 'dod' }, 'any'), {
    failure: { code: 'immutable_member', faults: [{ pointer: '/client_id' }, { pointer: '/cloud' }] },
  })
  await nothingChanged(t, world, 1)
})

t.test('Who read an older version changes nothing', async (t) => {
  const { world, put } = await open(t)
  const stale = { ok: false, failure: { code: 'precondition_failed' } }
  t.strictSame(await put({}, { revision: 1 }), stale, 'nor one that is not there')
  await put()
  t.strictSame(await put({ display_name: 'Post' }, { revision: 2 }), stale)
  await nothingChanged(t, world, 1)
})
