import type { Test } from 'tap'
import { targetOf } from '../../src/broker/authorise.ts'
import { createMint } from '../../src/broker/mint.ts'
import type { Acquisition } from '../../src/broker/ports.ts'
import type { CredentialState } from '../../src/domain/credential.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { tokenOf } from './fixture.ts'
import { scriptedCustody, scriptedIssuer } from './scripted.ts'
import { addApplication, addTenant, openWorld } from './world.ts'

export const rejected = (id: string): MintFailure => ({ code: 'credential_rejected', expectedThumbprint: id })
export const vaultAway: MintFailure = { code: 'key_vault_unavailable', retryAfterSeconds: 5 }

/**
 * An application with credentials in these states, the newest last. Entra answers each credential with these, one
 * after another; a token that is named for the credential where none is left.
 */
export async function openMint(
  t: Test,
  states: readonly CredentialState[],
  answers: Record<string, MintFailure[]> = {},
) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail', ['Mail.Read'], states)
  const target = targetOf(await addTenant(world, 'contoso', ['mail']), application, 'graph')
  const custody = scriptedCustody()
  const issuer = scriptedIssuer()
  issuer.script.always(({ credential }: Acquisition) => {
    const failure = answers[credential.id]?.shift()
    return failure === undefined ? ok(tokenOf(world.clock, { value: credential.id })) : fail(failure)
  })
  const mint = createMint({ registry: world.registry, custody, issuer, clock: world.clock })
  return {
    world,
    target,
    custody,
    issuer,
    answers,
    mint: (asked = target) => mint(asked),
    /** Ids of the credentials that Entra was asked with, since the last time that this was called. */
    asked: (() => {
      let seen = 0
      return () => {
        const ids = issuer.script.calls.slice(seen).map((call) => call.asked.credential.id)
        seen += ids.length
        return ids
      }
    })(),
  }
}
