import t, { type Test } from 'tap'
import { createApplication, type NewApplication } from '../../src/broker/create-application.ts'
import { guid } from './fixture.ts'
import { actor, addApplication, changes, openWorld, type World } from './world.ts'

const usual: NewApplication = {
  id: 'mail',
  clientId: guid('client'),
  cloud: 'global',
  displayName: 'Mail',
  permissions: ['Mail.Read'],
  signingAlg: 'PS256',
}

async function open(t: Test) {
  const world = await openWorld(t)
  return {
    world,
    create: (changed: Partial<NewApplication> = {}) =>
      createApplication(world, actor, { ...usual, ...changed }),
  }
}

async function nothingChanged(t: Test, world: World, before = 0): Promise<void> {
  t.equal(await world.store.revision(), before)
  t.equal(world.snapshot().revision, before)
}

t.test('An application is registered and known at once', async (t) => {
  const { world, create } = await open(t)
  const optional = { supportUrl: 'https://example.com/support', returnUrl: 'https://example.com/done' }
  const created = await create({ ...optional, signingAlg: 'RS256', cloud: 'china' })
  const at = '2026-11-20T12:00:00.000Z'
  t.match(created, {
    ok: true,
    value: {
      ...optional,
      id: 'mail',
      clientId: usual.clientId,
      cloud: 'china',
      signingAlg: 'RS256',
      permissions: [{ resource: 'graph', value: 'Mail.Read' }],
      credentials: [],
      revision: 1,
      createdAt: at,
      updatedAt: at,
    },
  })
  t.strictSame(world.snapshot().application('mail'), created.ok && created.value)
})

t.test('Its permissions are written as Microsoft writes them, in order, each once', async (t) => {
  const { create } = await open(t)
  const permissions = ['mail.send', 'outlook:imap.accessasapp', 'Mail.Read', 'MAIL.READ', 'graph:Mail.Read']
  t.match(await create({ permissions }), {
    value: {
      permissions: [
        { resource: 'graph', value: 'Mail.Read' },
        { resource: 'graph', value: 'Mail.Send' },
        { resource: 'outlook', value: 'IMAP.AccessAsApp' },
      ],
    },
  })
})

t.test('Everything that is wrong is said at once, and where', async (t) => {
  const { world, create } = await open(t)
  const refused = await create({ id: 'tokens', permissions: ['Mail.Raed', 'Mail.Read', 'User.Read'] })
  t.match(refused, {
    failure: {
      code: 'invalid_request',
      faults: [{ pointer: '/id' }, { pointer: '/permissions/0' }, { pointer: '/permissions/2' }],
    },
  })
  await nothingChanged(t, world)
})

t.test('An id is given once', async (t) => {
  const { world, create } = await open(t)
  await addApplication(world, 'mail', [], [])
  t.strictSame(await create(), {
    ok: false,
    failure: { code: 'already_exists', kind: 'application', member: 'id', value: 'mail' },
  })
  await nothingChanged(t, world, 1)
})

t.test('A client id is registered once in a cloud, in whatever case it is written', async (t) => {
  const { world, create } = await open(t)
  await create({ id: 'first', clientId: usual.clientId.toUpperCase() })
  t.strictSame(await create(), {
    ok: false,
    failure: { code: 'already_exists', kind: 'application', member: 'client_id', value: usual.clientId },
  })
  await nothingChanged(t, world, 1)
  t.match(await create({ cloud: 'usgov' }), { ok: true })
})

t.test('No two applications share an epoch', async (t) => {
  const { world } = await open(t)
  const [a, b] = [await addApplication(world, 'a', [], []), await addApplication(world, 'b', [], [])]
  t.not(a.epoch, b.epoch)
})

t.test('Who registered it, and what, is kept with the registration', async (t) => {
  const { world, create } = await open(t)
  await create()
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
  t.match(JSON.parse(change?.after ?? ''), {
    id: 'mail',
    client_id: usual.clientId,
    permissions: ['Mail.Read'],
  })
})
