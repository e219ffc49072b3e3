import t, { type Test } from 'tap'
import { consentsOf } from '../../src/broker/consents.ts'
import { diagnoseTenant } from '../../src/broker/diagnose-tenant.ts'
import { stepOf } from '../../src/broker/diagnosis-steps.ts'
import { createObserve } from '../../src/broker/observe.ts'
import type { Acquisition } from '../../src/broker/ports.ts'
import { createTokenCache } from '../../src/broker/token-cache.ts'
import type { CredentialState } from '../../src/domain/credential.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { hour, must, type TokenShape, tokenOf } from './fixture.ts'
import { scriptedCustody, scriptedIssuer } from './scripted.ts'
import { addApplication, addCredential, addTenant, openWorld } from './world.ts'

interface Scene {
  readonly states?: readonly CredentialState[]
  readonly permissions?: readonly string[]
  readonly more?: object
}

/** What Entra says: a token of this shape, or a failure. */
type Answer = TokenShape | MintFailure

async function openClinic(t: Test, { states = ['active'], permissions, more }: Scene = {}) {
  const world = await openWorld(t)
  await addApplication(world, 'mail', permissions, states)
  const tenant = await addTenant(world, 'contoso', ['mail'], more)
  const custody = scriptedCustody()
  const issuer = scriptedIssuer()
  const cache = createTokenCache({
    mint: async () => fail({ code: 'credential_missing', application: 'mail' }),
    clock: world.clock,
    capacity: 10,
    onError: (error) => t.fail('unexpected', { error }),
  })
  const observe = createObserve(world.registry, world.clock)
  const consentUrl = () => 'https://broker.example/consent/ticket'
  const options = { ...world, custody, issuer, cache, observe, consentUrl }
  return {
    world,
    custody,
    issuer,
    cache,
    answer(give: (acquisition: Acquisition) => Answer) {
      issuer.script.always((acquisition) => {
        const given = give(acquisition)
        return 'code' in given ? fail(given) : ok(tokenOf(world.clock, given))
      })
    },
    async diagnose() {
      const { applications } = must(await diagnoseTenant(options, 'contoso'))
      const [found] = applications
      if (found === undefined || applications.length !== 1) throw new Error('one application is expected')
      const { failure, credential, other } = found
      return {
        failure,
        step: failure && stepOf(failure),
        credential: credential?.id,
        other: other && { id: other.credential.id, accepted: other.accepted },
      }
    },
    consent: () => consentsOf(world.snapshot(), tenant)[0],
    none: () => diagnoseTenant(options, 'nobody'),
  }
}

const ids = { traceId: 'trace', correlationId: 'correlation', aadsts: [700016] }

t.test('a tenant whose consent was given elsewhere is promoted', async (t) => {
  const { diagnose, answer, consent } = await openClinic(t)
  answer(() => ({ code: 'application_not_in_directory', ...ids }))
  t.match(await diagnose(), { step: 'application', failure: ids, credential: 'mail-0' })
  t.match(consent(), { status: 'missing', lastFailure: { code: 'application_not_in_directory', ...ids } })
  answer(() => ({ roles: ['Mail.Read'] }))
  t.strictSame(await diagnose(), {
    failure: undefined,
    step: undefined,
    credential: 'mail-0',
    other: undefined,
  })
  t.match(consent(), { status: 'granted', missing: [] })
  t.notOk(consent()?.lastFailure)
})

t.test('the first broken step is that of what failed', async (t) => {
  const { diagnose, answer } = await openClinic(t)
  const steps = {
    entra_unavailable: 'entra',
    entra_throttled: 'entra',
    entra_nonsense: 'entra',
    directory_not_found: 'directory',
    wrong_cloud: 'directory',
    resource_not_found: 'directory',
    application_disabled: 'application',
    credential_rejected: 'signature',
    assertion_expired: 'signature',
    policy_blocked: 'token',
  } as const
  for (const [code, step] of Object.entries(steps)) {
    const failure = { code, retryAfterSeconds: 30 }
    answer(() => (isMintFailure(failure) ? failure : {}))
    t.match(await diagnose(), { step, failure: { code } }, code)
  }
})

function isMintFailure(value: { readonly code: string }): value is MintFailure {
  return value.code.length > 0
}

t.test('the vault is asked although the key is held, and Entra is not asked without it', async (t) => {
  const { diagnose, custody, issuer, consent } = await openClinic(t)
  custody.refuse({ code: 'credential_unreadable', vaultName: 'gtb-1' })
  t.match(await diagnose(), { step: 'key_vault', failure: { code: 'credential_unreadable' } })
  t.equal(issuer.script.calls.length, 0)
  t.match(consent(), { lastFailure: { code: 'credential_unreadable' } }, 'as a mint would have found it')
})

t.test('an application without an active credential', async (t) => {
  const { diagnose, issuer, consent } = await openClinic(t, { states: ['pending', 'retired'] })
  t.match(await diagnose(), { step: 'credential', failure: { code: 'credential_missing' } })
  t.equal(issuer.script.calls.length, 0)
  t.match(consent(), { lastFailure: { code: 'credential_missing' } })
})

t.test('a certificate outside its validity, by the clock of the broker', async (t) => {
  const { diagnose, world, issuer, answer } = await openClinic(t, { states: [] })
  answer(() => ({}))
  const from = new Date(world.clock.now() + hour).toISOString()
  const until = new Date(world.clock.now() + 2 * hour).toISOString()
  await addCredential(world, 'mail', 'short', 'active', { notBefore: from, expiresAt: until })
  t.match(await diagnose(), {
    step: 'certificate',
    failure: { code: 'credential_not_yet_valid', at: from, expectedThumbprint: /^[0-9A-F]{40}$/ },
  })
  world.clock.advance(hour)
  t.match(await diagnose(), { step: undefined })
  world.clock.advance(hour)
  t.match(await diagnose(), { step: 'certificate', failure: { code: 'credential_expired', at: until } })
  t.equal(issuer.script.calls.length, 1, 'Entra is asked while it is valid')
})

t.test('the other credential is tried where the first one is at fault, and counts', async (t) => {
  const { diagnose, answer, consent } = await openClinic(t, { states: ['active', 'active'] })
  answer(({ credential }) =>
    credential.id === 'mail-1' ? { code: 'credential_rejected' } : { roles: ['Mail.Read'] },
  )
  t.match(await diagnose(), {
    step: 'signature',
    credential: 'mail-1',
    other: { id: 'mail-0', accepted: true },
  })
  t.match(consent(), { status: 'granted' }, 'tokens are had with it, as by any caller')
  answer(() => ({ code: 'credential_rejected' }))
  t.match(await diagnose(), { other: { id: 'mail-0', accepted: false } })
  t.match(consent(), { lastFailure: { code: 'credential_rejected' } })
  answer(({ credential }) => ({
    code: credential.id === 'mail-1' ? 'credential_rejected' : 'application_disabled',
  }))
  t.match(await diagnose(), { step: 'signature', other: { id: 'mail-0', accepted: false } })
  t.match(consent(), { lastFailure: { code: 'application_disabled' } }, 'as a mint would have ended')
  answer(() => ({ code: 'policy_blocked' }))
  t.match(await diagnose(), { step: 'token', other: undefined }, 'another credential would fare no better')
})

t.test('roles are held against what the application declares', async (t) => {
  const permissions = ['Mail.Read', 'Calendars.Read', 'outlook:IMAP.AccessAsApp']
  const { diagnose, answer } = await openClinic(t, { permissions })
  answer(({ target }) => ({ roles: target.resource === 'graph' ? ['Mail.ReadWrite'] : [] }))
  t.match(await diagnose(), {
    step: 'roles',
    failure: { code: 'consent_missing', permissions: ['Calendars.Read', 'outlook:IMAP.AccessAsApp'] },
  })
  answer(({ target }) => ({
    roles: target.resource === 'graph' ? ['Mail.ReadWrite', 'Calendars.Read'] : ['IMAP.AccessAsApp'],
  }))
  t.match(await diagnose(), { step: undefined })
  answer(() => ({ roles: 'unreadable' }))
  t.match(await diagnose(), { step: 'roles', failure: { code: 'roles_unverifiable' } })
})

t.test('unreadable roles are no fault where they are not checked', async (t) => {
  const { diagnose, answer } = await openClinic(t, { more: { role_check: 'warn', enabled: false } })
  answer(() => ({ roles: 'unreadable' }))
  t.match(await diagnose(), { step: undefined }, 'and a disabled tenant can be diagnosed')
})

t.test('failures that were remembered are forgotten, whatever was found', async (t) => {
  const { diagnose, answer, cache, issuer } = await openClinic(t)
  answer(() => ({ code: 'application_disabled' }))
  await diagnose()
  const { target } = issuer.script.calls[0]?.asked ?? {}
  if (target === undefined) throw new Error('Entra was not asked')
  const first = await cache.acquire(target, {})
  t.equal(await cache.acquire(target, {}).then((again) => sameFailure(first, again)), true, 'remembered')
  await diagnose()
  t.equal(await cache.acquire(target, {}).then((again) => sameFailure(first, again)), false, 'tried anew')
})

/** A failure that is remembered is the very one that was had before. */
function sameFailure(a: { ok: boolean; failure?: unknown }, b: { ok: boolean; failure?: unknown }): boolean {
  return !a.ok && !b.ok && a.failure === b.failure
}

t.test('a tenant that is not there', async (t) => {
  const { none } = await openClinic(t)
  t.match(await none(), { ok: false, failure: { code: 'not_found', kind: 'tenant', id: 'nobody' } })
})
