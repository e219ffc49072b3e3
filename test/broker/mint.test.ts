import t from 'tap'
import type { KeyCustody } from '../../src/broker/credential-ports.ts'
import { createMint } from '../../src/broker/mint.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail } from '../../src/domain/result.ts'
import { setState } from './credential-stage.ts'
import { must, targetNamed } from './fixture.ts'
import { openMint, rejected, vaultAway } from './mint-stage.ts'
import { scriptedIssuer } from './scripted.ts'
import { addApplication } from './world.ts'

t.test('The newest active credential signs', async (t) => {
  const { mint, target, asked, issuer, custody } = await openMint(t, [
    'active',
    'active',
    'pending',
    'retired',
  ])
  t.match(await mint(), { ok: true, value: { value: 'mail-1' } })
  t.strictSame(asked(), ['mail-1'])
  t.strictSame(custody.calls.proven, ['mail-1'])
  t.match(issuer.script.calls[0]?.asked, { target, signingAlg: 'PS256' })
})

t.test('What signs is the key of that very credential', async (t) => {
  const { mint, issuer } = await openMint(t, ['active', 'active'])
  await mint()
  const { proof, credential } = issuer.script.calls[0]?.asked ?? {}
  if (proof?.kind !== 'signature') return t.fail('it is a certificate')
  const signature = must(await proof.sign('PS256', Buffer.from('data')))
  t.equal(signature.toString(), credential?.uid)
})

t.test('If Entra rejects it, its key is read anew next time and the other active one is tried', async (t) => {
  const { mint, asked, custody } = await openMint(t, ['active', 'active'], { 'mail-1': [rejected('1')] })
  t.match(await mint(), { ok: true, value: { value: 'mail-0' } })
  t.strictSame(asked(), ['mail-1', 'mail-0'])
  t.strictSame(custody.calls.reread, ['mail-1'])
})

t.test(
  'The other one is tried once; if Entra rejects both, the first is what a person should mend',
  async (t) => {
    const answers = { 'mail-1': [rejected('1')], 'mail-0': [rejected('0')] }
    const { mint, asked } = await openMint(t, ['active', 'active'], answers)
    t.strictSame(await mint(), fail(rejected('1')))
    t.strictSame(asked(), ['mail-1', 'mail-0'])
  },
)

t.test('If the other one fails in another way, that is what is told', async (t) => {
  const answers = { 'mail-1': [rejected('1')], 'mail-0': [{ code: 'application_disabled' } as const] }
  const { mint } = await openMint(t, ['active', 'active'], answers)
  t.strictSame(await mint(), fail({ code: 'application_disabled' }))
})

t.test('Where there is no other one, the rejection is told and the key read anew next time', async (t) => {
  const { mint, asked, custody } = await openMint(t, ['active', 'retired'], { 'mail-0': [rejected('0')] })
  t.strictSame(await mint(), fail(rejected('0')))
  t.strictSame(asked(), ['mail-0'])
  t.strictSame(custody.calls.reread, ['mail-0'])
  t.match(await mint(), { ok: true })
})

t.test('No other failure has the other credential tried', async (t) => {
  const failures: readonly MintFailure[] = [
    { code: 'application_not_in_directory' },
    { code: 'entra_unavailable', retryAfterSeconds: 5 },
    { code: 'policy_blocked' },
    { code: 'entra_nonsense' },
  ]
  for (const failure of failures) {
    const { mint, asked, custody } = await openMint(t, ['active', 'active'], { 'mail-1': [failure] })
    t.strictSame(await mint(), fail(failure))
    t.strictSame(asked(), ['mail-1'])
    t.strictSame(custody.calls.reread, [])
  }
})

t.test('An assertion whose times Entra finds wrong is signed anew, once', async (t) => {
  const expired = { code: 'assertion_expired' } as const
  const { mint, asked, custody } = await openMint(t, ['active', 'active'], { 'mail-1': [expired] })
  t.match(await mint(), { ok: true, value: { value: 'mail-1' } })
  t.strictSame(asked(), ['mail-1', 'mail-1'])
  t.strictSame(custody.calls.reread, [])

  const again = await openMint(t, ['active', 'active'], { 'mail-1': [expired, expired, expired] })
  t.strictSame(await again.mint(), fail(expired))
  t.strictSame(again.asked(), ['mail-1', 'mail-1'])
})

t.test('While the vault gives no credential of it, Entra is not asked', async (t) => {
  const { mint, asked, custody } = await openMint(t, ['active', 'active'])
  custody.refuse(vaultAway)
  t.strictSame(await mint(), fail(vaultAway))
  t.strictSame(asked(), [])
  custody.refuse(undefined)
  t.match(await mint(), { ok: true })
})

t.test('If the newest cannot be had from the vault, the other active one is tried', async (t) => {
  const failures: readonly MintFailure[] = [
    vaultAway,
    { code: 'key_vault_denied' },
    { code: 'credential_unreadable', vaultName: 'gtb-mail-1' },
  ]
  for (const failure of failures) {
    const { mint, asked, custody } = await openMint(t, ['pending', 'active', 'retired', 'active'])
    custody.refuse(failure, 'mail-3')
    t.match(await mint(), { ok: true, value: { value: 'mail-1' } })
    t.strictSame(asked(), ['mail-1'])
    t.strictSame(custody.calls.reread, [], 'nothing is held that might be out of date')
  }
})

t.test('If neither can be had, the failure of the newest is told', async (t) => {
  const { mint, custody } = await openMint(t, ['active', 'active'])
  const unreadable = { code: 'credential_unreadable', vaultName: 'gtb-mail-1' } as const
  custody.refuse(unreadable, 'mail-1')
  custody.refuse(vaultAway, 'mail-0')
  t.strictSame(await mint(), fail(unreadable))
})

t.test('The credential of another application never serves, whatever fails', async (t) => {
  const { mint, asked, custody, world } = await openMint(t, ['active', 'active'], {
    'mail-0': [rejected('0')],
  })
  await addApplication(world, 'files', ['Mail.Read'], ['active', 'active'])
  custody.refuse(vaultAway, 'mail-1')
  t.strictSame(await mint(), fail(vaultAway))
  t.strictSame(asked(), ['mail-0'])
  t.strictSame(custody.calls.proven, ['mail-1', 'mail-0'])
})

t.test('One that is retired while the first is being tried is not used any more', async (t) => {
  const { world, custody, target } = await openMint(t, ['active', 'active'])
  const slow = scriptedIssuer()
  const minting = createMint({ registry: world.registry, custody, issuer: slow, clock: world.clock })(target)
  const first = await slow.script.next()
  await setState(world, 'mail-0', 'retired')
  slow.script.always(() => fail(rejected('0')))
  first.fail(rejected('1'))
  t.strictSame(await minting, fail(rejected('1')))
  t.equal(slow.script.calls.length, 1)
  t.strictSame(custody.calls.proven, ['mail-1'], 'nor read from the vault again')
})

t.test('One that is retired while the vault is read is not used any more', async (t) => {
  const { world, custody, target, issuer, asked } = await openMint(t, ['active', 'active'])
  const { promise: reading, resolve: read } = Promise.withResolvers<void>()
  const slow: KeyCustody = {
    ...custody,
    async proof(credential) {
      if (credential.id === 'mail-1') await reading
      return custody.proof(credential)
    },
  }
  const mint = createMint({ registry: world.registry, custody: slow, issuer, clock: world.clock })
  const minting = mint(target)
  await setState(world, 'mail-1', 'retired')
  read()
  t.match(await minting, { ok: true, value: { value: 'mail-0' } })
  t.strictSame(asked(), ['mail-0'])
})

t.test('Without an active credential there is nothing to prove the application with', async (t) => {
  const { mint, asked } = await openMint(t, ['pending', 'retired'])
  t.strictSame(await mint(), fail({ code: 'credential_missing', application: 'mail' }))
  t.strictSame(asked(), [])
})

t.test('An application that is gone from the registry is named by its client id', async (t) => {
  const { mint } = await openMint(t, ['active'])
  const target = targetNamed('contoso', { clientId: 'gone' })
  t.strictSame(await mint(target), fail({ code: 'credential_missing', application: 'gone' }))
})

t.test('While the registry is away nothing is minted', async (t) => {
  const { world, target, custody, issuer, asked } = await openMint(t, ['active'])
  const never = createRegistry({ ...world, maximumStaleness: 0, pollInterval: 1_000, onError: t.error })
  const mint = createMint({ registry: never, custody, issuer, clock: world.clock })
  t.strictSame(await mint(target), fail({ code: 'entra_unavailable', retryAfterSeconds: 5 }))
  t.strictSame(asked(), [])
})
