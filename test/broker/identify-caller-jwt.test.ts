import t, { type Test } from 'tap'
import { type ApiKey, generateApiKey } from '../../src/broker/api-key.ts'
import type { CallerDocument } from '../../src/broker/documents.ts'
import { createIdentifyCaller } from '../../src/broker/identify-caller.ts'
import { createKey } from '../../src/broker/keys.ts'
import { putCaller, removeCaller } from '../../src/broker/put-caller.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import { refused, setVerifierStage, subject } from '../adapters/jwt/stage.ts'
import { must, seededRandom } from './fixture.ts'
import { actor, alter, openWorld } from './world.ts'

async function open(t: Test, bootstrapKey?: ApiKey) {
  const stage = await setVerifierStage(t)
  const world = await openWorld(t)
  const { issuer, verifier } = stage
  const options = {
    ...world,
    tokenVerifier: verifier,
    ...(bootstrapKey === undefined ? {} : { bootstrapKey }),
  }
  const identify = createIdentifyCaller(options)
  const identity = { issuer: issuer.issuer, subject }
  return {
    ...stage,
    world,
    options,
    identify,
    identity,
    put: async (changed: Partial<CallerDocument> = {}) => {
      const usual = { id: 'orders', role: 'caller', identities: [identity], grants: [] } as const
      return must(await putCaller(world, actor, { ...usual, ...changed }, 'any'))
    },
  }
}

t.test('A token says who calls: the one caller that has its issuer and subject', async (t) => {
  const { put, identify, token, identity } = await open(t)
  await put({ id: 'other', identities: [{ ...identity, subject: `${subject}2` }] })
  await put()
  const header = `Bearer ${await token()}`
  t.match(await identify(header), { ok: true, value: { id: 'orders', role: 'caller' } })
  t.match(await identify(header.replace('Bearer', 'bearer  ')), { value: { id: 'orders' } })
})

t.test('From then on it is known at once, and so is every key', async (t) => {
  const { world, put, identify, token } = await open(t)
  await put()
  const header = `Bearer ${await token()}`
  t.ok(identify(header) instanceof Promise)
  await identify(header)
  t.match(identify(header), { ok: true, value: { id: 'orders' } }, 'without a promise')
  const { key } = must(await createKey(world, actor, 'orders', undefined))
  t.match(identify(`Bearer ${key.text}`), { ok: true, value: { id: 'orders' } })
})

t.test('Who has a genuine token and is nobody here is refused like everybody else', async (t) => {
  const { put, identify, token, identity } = await open(t)
  await put({ identities: [{ ...identity, issuer: `${identity.issuer}/` }] })
  const header = `Bearer ${await token()}`
  t.strictSame(await identify(header), refused)
  t.strictSame(identify(header), refused, 'known as it is')
  await put()
  t.match(identify(header), { ok: true }, 'and somebody as soon as an operator says so')
})

t.test('A token that is known opens nothing once its caller is not the one any more', async (t) => {
  const { world, put, identify, token } = await open(t)
  const { record } = await put()
  const header = `Bearer ${await token()}`
  t.match(await identify(header), { ok: true })
  const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['disabled', () => put({ enabled: false })],
    ['disabled elsewhere', () => alter(world, 'caller', 'orders', 'enabled', 0)],
    [
      'another identity',
      () => put({ identities: [{ issuer: record.identities[0]?.issuer ?? '', subject: 'x' }] }),
    ],
    ['no identity', () => put({ identities: [] })],
    ['removed', async () => must(await removeCaller(world, actor, 'orders', 'any'))],
  ]
  for (const [name, change] of changes) {
    await change()
    t.strictSame(identify(header), refused, name)
    await put()
    t.match(identify(header), { ok: true }, `${name}: undone`)
  }
})

t.test('A binding that ends while the token is verified opens nothing', async (t) => {
  const { put, identify, token } = await open(t)
  await put()
  const waiting = identify(`Bearer ${await token()}`)
  t.ok(waiting instanceof Promise)
  await put({ enabled: false })
  t.strictSame(await waiting, refused)
})

t.test('An issuer that is not trusted any more, after a restart, vouches for nobody', async (t) => {
  const { put, identify, token, options } = await open(t)
  await put()
  const header = `Bearer ${await token()}`
  t.match(await identify(header), { ok: true })
  const { verifier } = await setVerifierStage(t, { issuer: 'https://another.example' })
  t.strictSame(createIdentifyCaller({ ...options, tokenVerifier: verifier })(header), refused)
})

t.test('While the issuer is away that is said, and not that the token is wrong', async (t) => {
  const { put, identify, server, token } = await open(t)
  await put()
  server.answer('away')
  t.match(await identify(`Bearer ${await token()}`), { failure: { code: 'issuer_unavailable' } })
})

t.test('While the registry is away a genuine token is not turned down for it', async (t) => {
  const { options, world, token } = await open(t)
  const never = createRegistry({ ...world, maximumStaleness: 0, pollInterval: 1_000, onError: t.error })
  const identify = createIdentifyCaller({ ...options, registry: never })
  t.match(await identify(`Bearer ${await token()}`), { failure: { code: 'registry_unavailable' } })
})

t.test('What begins like a key is a key, and no issuer hears of it', async (t) => {
  const { put, identify, server } = await open(t, generateApiKey(seededRandom('bootstrap')))
  await put()
  for (const text of ['gtb.a.b', 'gtb..', `gtb.${'0'.repeat(16)}.${'A'.repeat(43)}`]) {
    t.strictSame(identify(`Bearer ${text}`), refused)
    t.strictSame(identify(`Bearer   ${text}`), refused)
  }
  t.strictSame(server.asked, [])
})
