import {
  type Application,
  type Credential,
  type CredentialState,
  maximumActiveCredentials,
} from '../domain/application.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { targetOf } from './authorise.ts'
import type { StoredCredential } from './create-credential.ts'
import { acquireWith } from './mint.ts'
import type { KeyCustody, TokenIssuer } from './ports.ts'
import { type Actor, isoNow, type Registration } from './registration.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'
import type { TokenCache } from './token-cache.ts'

export interface CredentialStateOptions extends Registration {
  readonly custody: KeyCustody
  readonly issuer: TokenIssuer
  readonly cache: TokenCache
}

export interface CredentialStateChange {
  readonly state: Exclude<CredentialState, 'pending'>
  /** Whether a trial token is had with the credential before it becomes active. */
  readonly verify: boolean
  /** The revision that the client read. */
  readonly ifRevision: number
}

/** More would only make an operator wait: a directory that knows the application answers at the first. */
const mostTrials = 3

export async function changeCredentialState(
  options: CredentialStateOptions,
  actor: Actor,
  reference: { readonly application: string; readonly credential: string },
  change: CredentialStateChange,
): Promise<Result<StoredCredential, Failure>> {
  const current = await options.registry.current()
  if (!current.ok) return current
  const found = find(current.value.application(reference.application), reference, change)
  if (!found.ok) return found
  if (found.value.credential.state === change.state) return found
  if (change.state === 'active' && change.verify) {
    const verified = await verify(options, current.value, found.value)
    if (!verified.ok) return verified
  }
  const changed = await write(options, actor, reference, change)
  if (changed.ok && change.state === 'active') {
    const { clientId } = changed.value.application
    options.cache.forgetFailures((target) => target.clientId === clientId)
  }
  return changed
}

function find(
  application: Application | undefined,
  reference: { readonly application: string; readonly credential: string },
  { state, ifRevision }: CredentialStateChange,
): Result<StoredCredential, Failure> {
  if (application === undefined)
    return fail({ code: 'not_found', kind: 'application', id: reference.application })
  const credential = application.credentials.find(({ id }) => id === reference.credential)
  if (credential === undefined)
    return fail({ code: 'not_found', kind: 'credential', id: reference.credential })
  if (application.revision !== ifRevision) return fail({ code: 'precondition_failed' })
  if (credential.state === 'retired' && state === 'active') {
    return fail({
      code: 'conflict',
      detail: 'A retired credential does not come back.',
      hint: 'Add a new credential, upload its certificate and activate that one.',
    })
  }
  const active = application.credentials.filter(
    (other) => other.state === 'active' && other.uid !== credential.uid,
  )
  if (state === 'active' && active.length >= maximumActiveCredentials) {
    return fail({
      code: 'conflict',
      detail: `The application has ${active.length} active credentials already.`,
      hint: `Retire one of them first: ${active.map(({ id }) => id).join(', ')}.`,
    })
  }
  return ok({ application, credential })
}

/**
 * Asks Entra whether it takes the credential, in the directories of the application's tenants. A directory that
 * does not know the application says nothing about the credential, so the next one is asked.
 */
async function verify(
  { custody, issuer }: CredentialStateOptions,
  snapshot: RegistrySnapshot,
  { application, credential }: StoredCredential,
): Promise<Result<void, Failure>> {
  const tenants = snapshot
    .tenants()
    .filter((tenant) => tenant.enabled && tenant.applications.includes(application.id))
  const attempts: string[] = []
  for (const tenant of tenants.slice(0, mostTrials)) {
    const resource = application.permissions[0]?.resource ?? 'graph'
    const target = targetOf(tenant, application, resource)
    const result = await acquireWith(
      { custody, issuer },
      { target, credential, signingAlg: application.signingAlg },
    )
    if (result.ok) return ok(undefined)
    const { code } = result.failure
    if (
      code !== 'application_not_in_directory' &&
      code !== 'directory_not_found' &&
      code !== 'policy_blocked'
    ) {
      return fail(result.failure)
    }
    attempts.push(`${tenant.id}: ${code}`)
  }
  return fail({ code: 'verification_inconclusive', attempts })
}

/** Looks at everything again: the trial took its time, and the registry may have changed meanwhile. */
function write(
  { registry, clock }: CredentialStateOptions,
  actor: Actor,
  reference: { readonly application: string; readonly credential: string },
  change: CredentialStateChange,
): Promise<Result<StoredCredential, Failure>> {
  return registry.commit(async (transaction) => {
    const found = find(await transaction.application(reference.application), reference, change)
    if (!found.ok) return found
    const { application, credential: before } = found.value
    const now = isoNow(clock)
    const activation = change.state === 'active' ? { activatedAt: now } : {}
    const credential: Credential = { ...before, state: change.state, ...activation, updatedAt: now }
    const changed: Application = {
      ...application,
      credentials: application.credentials.map((other) =>
        other.uid === credential.uid ? credential : other,
      ),
      revision: transaction.revision,
    }
    await transaction.saveApplication(changed)
    await transaction.recordChange(actor, {
      action: `credential.${change.state === 'active' ? 'activated' : 'retired'}`,
      target: `applications/${application.id}/credentials/${credential.id}`,
      before: { state: before.state },
      after: { state: credential.state, verified: change.state === 'active' && change.verify },
    })
    return ok({ application: changed, credential })
  })
}
