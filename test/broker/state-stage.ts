import type { Test } from 'tap'
import { changeCredentialState } from '../../src/broker/change-credential-state.ts'
import type { Acquisition } from '../../src/broker/ports.ts'
import type { CredentialState } from '../../src/domain/credential.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { openCache } from './cache-stage.ts'
import { tokenOf } from './fixture.ts'
import { scriptedCustody, scriptedIssuer } from './scripted.ts'
import { actor, addApplication, addTenant, openWorld } from './world.ts'

interface Scene {
  readonly states: readonly CredentialState[]
  readonly permissions?: readonly string[]
  /** What Entra answers in each tenant; a token where it is `ok`. */
  readonly tenants?: Readonly<Record<string, MintFailure | 'ok'>>
}

/** An application with credentials in these states, whose state can be changed. */
export async function openState(t: Test, { states, permissions = ['Mail.Read'], tenants = {} }: Scene) {
  const world = await openWorld(t)
  const { clientId } = await addApplication(world, 'mail', permissions, states)
  for (const id of Object.keys(tenants)) await addTenant(world, id, ['mail'])
  await addTenant(world, 'a-stranger', [])
  const issuer = scriptedIssuer()
  const tenantOf = ({ target }: Acquisition) => world.snapshot().tenant(target.directoryId)?.id ?? ''
  issuer.script.always((acquisition) => {
    const answer = tenants[tenantOf(acquisition)]
    return answer === undefined || answer === 'ok' ? ok(tokenOf(world.clock)) : fail(answer)
  })
  const { cache, mints } = openCache()
  const custody = scriptedCustody()
  const options = { ...world, custody, issuer, cache }
  const application = () => world.snapshot().application('mail')
  const reference = (credential: string) => ({ application: 'mail', credential })
  const ifRevision = () => application()?.revision ?? 0
  return {
    world,
    clientId,
    options,
    issuer,
    custody,
    cache,
    mints,
    application,
    activate: (credential: string, wanted: { verify?: boolean; ifRevision?: number } = {}) =>
      changeCredentialState(options, actor, reference(credential), {
        state: 'active',
        verify: true,
        ifRevision: ifRevision(),
        ...wanted,
      }),
    retire: (credential: string, wanted: { compromised?: boolean; ifRevision?: number } = {}) =>
      changeCredentialState(options, actor, reference(credential), {
        state: 'retired',
        compromised: false,
        ifRevision: ifRevision(),
        ...wanted,
      }),
    states: () => application()?.credentials.map(({ state }) => state),
    tried: () => issuer.script.calls.map(({ asked }) => tenantOf(asked)),
  }
}
