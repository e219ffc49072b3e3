import t, { type Test } from 'tap'
import { targetOf } from '../../src/broker/authorise.ts'
import { createMint } from '../../src/broker/mint.ts'
import type { Acquisition } from '../../src/broker/ports.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import type { CredentialState } from '../../src/domain/application.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { targetNamed, tokenOf } from './fixture.ts'
import { memoryCustody, scriptedIssuer } from './scripted.ts'
import { addApplication, addTenant, openWorld } from './world.ts'

const rejected = (id: string): MintFailure => ({ code: 'credential_rejected', expectedThumbprint: id })

/** Entra answers each credential with these, one after another, the last one for good; a token where none is left. */
async function open(
  t: Test,
  states: readonly CredentialState[],
  answers: Record<string, MintFailure[]> = {},
) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail', ['Mail.Read'], states)
  const target = targetOf(await addTenant(world, 'contoso', ['mail']), application, 'graph')
  const custody = memoryCustody()
  const issuer = scriptedIssuer()
  issuer.script.always(({ credential }: Acquisition) => {
    const failure = answers[credential.id]?.shift()
    return failure === undefined ? ok(tokenOf(world.clock, { value: credential.id })) : fail(failure)
  })
  const mint = createMint({ registry: world.registry, custody, issuer })
  const asked = () => issuer.script.calls.map((call) => call.asked.credential.id)
  return { world, target, custody, issuer, mint, asked }
}

t.test('The newest active credential signs', async (t) => {
  const { mint, target, asked, issuer, custody } = await open(t, ['active', 'active', 'pending', 'retired'])
  t.match(await mint(target), { ok: true, value: { value: 'mail-1' } })
  t.strictSame(asked(), ['mail-1'])
  t.strictSame(custody.read, ['mail-1'])
  t.match(issuer.script.calls[0]?.asked, { target, signingAlg: 'PS256' })
})

t.test('What signs is the key of that very credential', async (t) => {
  const { mint, target, issuer } = await open(t, ['active', 'active'])
  await mint(target)
  const acquisition = issuer.script.calls[0]?.asked
  const signature = await acquisition?.signer.sign('PS256', Buffer.from('data'))
  t.equal(signature?.toString(), acquisition?.credential.uid)
})

t.test('If Entra rejects it, its key is read anew next time and the other active one is tried', async (t) => {
  const { mint, target, asked, custody } = await open(t, ['active', 'active'], { 'mail-1': [rejected('1')] })
  t.match(await mint(target), { ok: true, value: { value: 'mail-0' } })
  t.strictSame(asked(), ['mail-1', 'mail-0'])
  t.strictSame(custody.reloaded, ['mail-1'])
})

t.test(
  'The other one is tried once; if Entra rejects both, the first is what a person should mend',
  async (t) => {
    const answers = { 'mail-1': [rejected('1')], 'mail-0': [rejected('0')] }
    const { mint, target, asked } = await open(t, ['active', 'active'], answers)
    t.strictSame(await mint(target), fail(rejected('1')))
    t.strictSame(asked(), ['mail-1', 'mail-0'])
  },
)

t.test('If the other one fails in another way, that is what is told', async (t) => {
  const answers = { 'mail-1': [rejected('1')], 'mail-0': [{ code: 'application_disabled' } as const] }
  const { mint, target } = await open(t, ['active', 'active'], answers)
  t.strictSame(await mint(target), fail({ code: 'application_disabled' }))
})

t.test('Where there is no other one, the rejection is told and the key read anew next time', async (t) => {
  const { mint, target, asked, custody } = await open(t, ['active', 'retired'], { 'mail-0': [rejected('0')] })
  t.strictSame(await mint(target), fail(rejected('0')))
  t.strictSame(asked(), ['mail-0'])
  t.strictSame(custody.reloaded, ['mail-0'])
  t.match(await mint(target), { ok: true })
})

t.test('No other failure has the other credential tried', async (t) => {
  const failures: readonly MintFailure[] = [
    { code: 'application_not_in_directory' },
    { code: 'entra_unavailable', retryAfterSeconds: 5 },
    { code: 'policy_blocked' },
    { code: 'entra_nonsense' },
  ]
  for (const failure of failures) {
    const { mint, target, asked, custody } = await open(t, ['active', 'active'], { 'mail-1': [failure] })
    t.strictSame(await mint(target), fail(failure))
    t.strictSame(asked(), ['mail-1'])
    t.strictSame(custody.reloaded, [])
  }
})

t.test('An assertion whose times Entra finds wrong is signed anew, once', async (t) => {
  const expired = { code: 'assertion_expired' } as const
  const { mint, target, asked, custody } = await open(t, ['active', 'active'], { 'mail-1': [expired] })
  t.match(await mint(target), { ok: true, value: { value: 'mail-1' } })
  t.strictSame(asked(), ['mail-1', 'mail-1'])
  t.strictSame(custody.reloaded, [])

  const again = await open(t, ['active', 'active'], { 'mail-1': [expired, expired, expired] })
  t.strictSame(await again.mint(again.target), fail(expired))
  t.strictSame(again.asked(), ['mail-1', 'mail-1'])
})

t.test('A key that the vault does not give ends the mint before Entra is asked', async (t) => {
  const { mint, target, asked, custody } = await open(t, ['active', 'active'])
  custody.refuse({ code: 'key_vault_unavailable', retryAfterSeconds: 5 })
  t.strictSame(await mint(target), fail({ code: 'key_vault_unavailable', retryAfterSeconds: 5 }))
  t.strictSame(asked(), [])
  custody.refuse(undefined)
  t.match(await mint(target), { ok: true })
})

t.test('Without an active credential there is nothing to prove the application with', async (t) => {
  const { mint, target, asked } = await open(t, ['pending', 'retired'])
  t.strictSame(await mint(target), fail({ code: 'credential_missing', application: 'mail' }))
  t.strictSame(asked(), [])
})

t.test('An application that is gone from the registry is named by its client id', async (t) => {
  const { mint } = await open(t, ['active'])
  const target = targetNamed('contoso', { clientId: 'gone' })
  t.strictSame(await mint(target), fail({ code: 'credential_missing', application: 'gone' }))
})

t.test('While the registry is away nothing is minted', async (t) => {
  const { world, target, custody, issuer, asked } = await open(t, ['active'])
  const never = createRegistry({ ...world, maximumStaleness: 0, pollInterval: 1_000, onError: t.error })
  const mint = createMint({ registry: never, custody, issuer })
  t.strictSame(await mint(target), fail({ code: 'entra_unavailable', retryAfterSeconds: 5 }))
  t.strictSame(asked(), [])
})
