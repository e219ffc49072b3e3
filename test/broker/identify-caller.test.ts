import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { createTokenVerifier } from '../../src/adapters/jwt/token-verifier.ts'
import { type ApiKey, generateApiKey } from '../../src/broker/api-key.ts'
import { createIdentifyCaller } from '../../src/broker/identify-caller.ts'
import { createKey } from '../../src/broker/keys.ts'
import { putCaller } from '../../src/broker/put-caller.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import type { CallerRole } from '../../src/domain/caller.ts'
import { minute, must, seededRandom } from './fixture.ts'
import { actor, alter, openWorld, trustedIssuer, type World } from './world.ts'

const refused = { ok: false, failure: { code: 'unauthenticated' } }
const bootstrapKey = generateApiKey(seededRandom('bootstrap'))

async function open(t: Test, withBootstrap = false) {
  const world = await openWorld(t)
  const options = { ...world, tokenVerifier: noIssuers(world) }
  const identify = createIdentifyCaller({ ...options, ...(withBootstrap ? { bootstrapKey } : {}) })
  return { world, identify, as: (key: ApiKey) => identify(`Bearer ${key.text}`) }
}

function noIssuers({ clock }: World) {
  const nowhere = () => t.fail('nobody is to be asked for keys')
  return createTokenVerifier({
    issuers: [],
    clock,
    dispatcherOf: () => new Agent(),
    mostRemembered: 0,
    onFault: nowhere,
  })
}

async function addKeyed(world: World, id: string, role: CallerRole = 'caller', livesFor?: number) {
  must(await putCaller(world, actor, { id, role, grants: [] }, 'absent'))
  const end = livesFor === undefined ? undefined : new Date(world.clock.now() + livesFor).toISOString()
  return must(await createKey(world, actor, id, end)).key
}

t.test('A key says who calls', async (t) => {
  const { world, identify, as } = await open(t)
  const orders = await addKeyed(world, 'orders')
  const olga = await addKeyed(world, 'olga', 'operator')
  t.match(as(orders), { ok: true, value: { id: 'orders', role: 'caller' } })
  t.match(as(olga), { ok: true, value: { id: 'olga', role: 'operator' } })
  t.match(identify(`bearer   ${orders.text}`), { ok: true }, 'the scheme has no case (RFC 9110 §11.1)')
})

t.test('Either of two keys says who calls', async (t) => {
  const { world, as } = await open(t)
  const first = await addKeyed(world, 'orders')
  const second = must(await createKey(world, actor, 'orders', undefined)).key
  for (const key of [first, second]) t.match(as(key), { value: { id: 'orders' } })
})

t.test('Every way to fail answers alike', async (t) => {
  const { world, identify, as } = await open(t)
  const key = await addKeyed(world, 'orders')
  const expired = await addKeyed(world, 'expired', 'caller', minute)
  const disabled = await addKeyed(world, 'disabled')
  await alter(world, 'caller', 'disabled', 'enabled', 0)
  world.clock.advance(minute)
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    key.text,
    `Basic ${key.text}`,
    `Bearer ${key.text} `,
    `Bearer ${key.text},${key.text}`,
    `Bearer ${key.text.slice(0, -1)}_`,
    `Bearer ${'a'.repeat(513)}`,
    `Bearer ${'a'.repeat(10_000)}`,
    `Bearer ${'eyJhbGciOiJub25lIn0.e30.'}`,
    'Bearer a.b.c',
  ]) {
    t.strictSame(identify(header), refused, header ?? 'no header')
  }
  for (const wrong of [expired, disabled, generateApiKey(seededRandom('nobody'))]) {
    t.strictSame(as(wrong), refused)
  }
  t.match(as(key), { ok: true })
})

t.test("Somebody else's secret under a known id opens nothing", async (t) => {
  const { world, as } = await open(t)
  const key = await addKeyed(world, 'orders')
  const other = generateApiKey(seededRandom('other'))
  const mixed = `gtb.${key.id}.${other.text.split('.')[2]}`
  t.strictSame(as({ id: key.id, text: mixed }), refused)
})

t.test('A key works until its very end', async (t) => {
  const { world, as } = await open(t)
  const key = await addKeyed(world, 'orders', 'caller', minute)
  world.clock.advance(minute - 1)
  t.match(as(key), { ok: true })
  world.clock.advance(1)
  t.strictSame(as(key), refused)
})

t.test('The bootstrap key opens an empty registry as an operator', async (t) => {
  const { as } = await open(t, true)
  t.match(as(bootstrapKey), { ok: true, value: { id: 'bootstrap', role: 'operator', grants: [] } })
})

t.test('Only the very bootstrap key does, and only where one is configured', async (t) => {
  const { as } = await open(t, true)
  const similar = generateApiKey(seededRandom('similar')).text.split('.')[2]
  t.strictSame(as({ id: bootstrapKey.id, text: `gtb.${bootstrapKey.id}.${similar}` }), refused)
  t.strictSame(as(generateApiKey(seededRandom('similar'))), refused)
  const { as: without } = await open(t, false)
  t.strictSame(without(bootstrapKey), refused)
})

t.test('The bootstrap key is over once an operator can sign in, and only then', async (t) => {
  const { world, as } = await open(t, true)
  await addKeyed(world, 'orders')
  await addKeyed(world, 'ada', 'auditor')
  must(await putCaller(world, actor, { id: 'olga', role: 'operator', grants: [] }, 'absent'))
  t.match(as(bootstrapKey), { ok: true }, 'Olga has no key yet')
  must(await createKey(world, actor, 'olga', undefined))
  t.strictSame(as(bootstrapKey), refused)
})

t.test('The bootstrap key counts again while no operator can sign in: nobody is locked out', async (t) => {
  const { world, as } = await open(t, true)
  await addKeyed(world, 'olga', 'operator', minute)
  t.strictSame(as(bootstrapKey), refused)
  world.clock.advance(minute)
  t.match(as(bootstrapKey), { ok: true }, 'her only key is over')
  must(await createKey(world, actor, 'olga', undefined))
  t.strictSame(as(bootstrapKey), refused)
  await alter(world, 'caller', 'olga', 'enabled', 0)
  t.match(as(bootstrapKey), { ok: true }, 'she is disabled')
})

t.test(
  'The bootstrap key is over once an operator can sign in with a token of a trusted issuer',
  async (t) => {
    const { world, as } = await open(t, true)
    const put = (issuer: string) =>
      putCaller(
        world,
        actor,
        { id: 'olga', role: 'operator', identities: [{ issuer, subject: 'olga' }], grants: [] },
        'any',
      )
    must(await put('https://nobody.example'))
    t.match(as(bootstrapKey), { ok: true }, 'a token of hers would not count')
    must(await put(trustedIssuer))
    t.strictSame(as(bootstrapKey), refused)
  },
)

t.test('While the registry is away nobody is turned down for it: it is said', async (t) => {
  const { world } = await open(t)
  const never = createRegistry({ ...world, maximumStaleness: 0, pollInterval: 1_000, onError: t.error })
  const tokenVerifier = noIssuers(world)
  const identify = createIdentifyCaller({ ...world, registry: never, tokenVerifier, bootstrapKey })
  t.match(identify(`Bearer ${bootstrapKey.text}`), { failure: { code: 'registry_unavailable' } })
})
