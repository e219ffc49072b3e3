import t from 'tap'
import { fail } from '../../src/domain/result.ts'
import { setState } from './credential-stage.ts'
import { minute, second } from './fixture.ts'
import { openMint, rejected, vaultAway } from './mint-stage.ts'
import { addApplication, addCredential } from './world.ts'

const rejections = (count: number) => Array.from({ length: count }, () => rejected('1'))

t.test('The one that worked goes first for five minutes, then the newest again', async (t) => {
  const { mint, asked, world, custody } = await openMint(t, ['active', 'active'], { 'mail-1': rejections(2) })
  await mint()
  t.strictSame(asked(), ['mail-1', 'mail-0'])
  world.clock.advance(5 * minute - 1)
  t.match(await mint(), { ok: true, value: { value: 'mail-0' } })
  t.strictSame(asked(), ['mail-0'], 'a certificate that Entra does not know yet costs one request')
  world.clock.advance(1)
  t.match(await mint(), { ok: true, value: { value: 'mail-0' } })
  t.strictSame(asked(), ['mail-1', 'mail-0'])
  t.strictSame(custody.calls.reread, ['mail-1', 'mail-1'])
  world.clock.advance(5 * minute)
  t.match(await mint(), { ok: true, value: { value: 'mail-1' } })
  t.strictSame(asked(), ['mail-1'])
})

t.test('A wall clock that is stepped neither ends nor prolongs that', async (t) => {
  const { mint, asked, world } = await openMint(t, ['active', 'active'], { 'mail-1': rejections(1) })
  await mint()
  asked()
  world.clock.step(60 * minute)
  await mint()
  t.strictSame(asked(), ['mail-0'])
  world.clock.step(-120 * minute)
  world.clock.advance(5 * minute)
  await mint()
  t.strictSame(asked(), ['mail-1'])
})

t.test('What works does not prolong it: the newest is asked again in time', async (t) => {
  const { mint, asked, world } = await openMint(t, ['active', 'active'], { 'mail-1': rejections(1) })
  await mint()
  for (let passed = 0; passed < 5 * minute; passed += 30 * second) {
    asked()
    await mint()
    t.strictSame(asked(), ['mail-0'])
    world.clock.advance(30 * second)
  }
  await mint()
  t.strictSame(asked(), ['mail-1'])
})

t.test('A winner that fails in its turn lets the newest be tried at once', async (t) => {
  const { mint, asked, custody, answers } = await openMint(t, ['active', 'active'], {
    'mail-1': rejections(1),
  })
  await mint()
  answers['mail-0'] = [rejected('0')]
  asked()
  t.match(await mint(), { ok: true, value: { value: 'mail-1' } })
  t.strictSame(asked(), ['mail-0', 'mail-1'])
  t.strictSame(custody.calls.reread, ['mail-1', 'mail-0'])
  await mint()
  t.strictSame(asked(), ['mail-1'])
})

t.test('A winner that was retired is not thought of', async (t) => {
  const { mint, asked, world } = await openMint(t, ['active', 'active'], { 'mail-1': rejections(1) })
  await mint()
  asked()
  await setState(world, 'mail-0', 'retired')
  t.match(await mint(), { ok: true, value: { value: 'mail-1' } })
  await addCredential(world, 'mail', 'mail-2', 'active')
  t.match(await mint(), { ok: true, value: { value: 'mail-2' } })
  t.strictSame(asked(), ['mail-1', 'mail-2'])
})

t.test('A credential that could be had from the vault goes first too', async (t) => {
  const { mint, asked, custody } = await openMint(t, ['active', 'active'])
  custody.refuse(vaultAway, 'mail-1')
  await mint()
  await mint()
  t.strictSame(asked(), ['mail-0', 'mail-0'])
  t.strictSame(custody.calls.proven, ['mail-1', 'mail-0', 'mail-0'], 'the vault is asked once in vain')
})

t.test('If both fail, neither goes before the other', async (t) => {
  const { mint, asked } = await openMint(t, ['active', 'active'], {
    'mail-1': rejections(1),
    'mail-0': [rejected('0')],
  })
  t.strictSame(await mint(), fail(rejected('1')))
  asked()
  t.match(await mint(), { ok: true, value: { value: 'mail-1' } })
  t.strictSame(asked(), ['mail-1'])
})

t.test('A failure that says nothing of the other one does not put it first', async (t) => {
  const unavailable = { code: 'entra_unavailable', retryAfterSeconds: 5 } as const
  const { mint, asked } = await openMint(t, ['active', 'active'], {
    'mail-1': rejections(1),
    'mail-0': [unavailable],
  })
  t.strictSame(await mint(), fail(unavailable), 'it is what is told, because the certificate may be right')
  asked()
  await mint()
  t.strictSame(asked(), ['mail-1'])
})

t.test('What worked for one application says nothing of another', async (t) => {
  const { mint, asked, world, target } = await openMint(t, ['active', 'active'], { 'mail-1': rejections(1) })
  await mint()
  const files = await addApplication(world, 'files', ['Mail.Read'], ['active', 'active'])
  asked()
  await mint({ ...target, clientId: files.clientId })
  t.strictSame(asked(), ['files-1'])
})
