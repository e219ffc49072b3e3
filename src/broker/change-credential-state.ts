import type { Application } from '../domain/application.ts'
import { type Credential, maximumActiveCredentials } from '../domain/credential.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { targetOf } from './authorise.ts'
import type { StoredCredential } from './create-credential.ts'
import type { KeyCustody } from './credential-ports.ts'
import { type CredentialReference, findCredential } from './find-credential.ts'
import { acquireWith } from './mint.ts'
import type { Clock, TokenIssuer } from './ports.ts'
import { type Actor, isoNow, type Registration } from './registration.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'
import type { TokenCache } from './token-cache.ts'

export interface CredentialStateOptions extends Registration {
  readonly custody: KeyCustody
  readonly issuer: TokenIssuer
  readonly cache: TokenCache
}

export type CredentialStateChange = {
  /** The revision of the application that the client read. */
  readonly ifRevision: number
} & (
  | {
      readonly state: 'active'
      /** Whether a trial token is had with the credential before it becomes active. */
      readonly verify: boolean
    }
  | {
      readonly state: 'retired'
      /** Whether somebody else may have it, so that no token that was had with it may be served again. */
      readonly compromised: boolean
    }
)

/** More would only make an operator wait: a directory that knows the application answers at the first. */
const mostTrials = 3

export async function changeCredentialState(
  options: CredentialStateOptions,
  actor: Actor,
  reference: CredentialReference,
  change: CredentialStateChange,
): Promise<Result<StoredCredential, Failure>> {
  const current = await options.registry.current()
  if (!current.ok) return current
  const application = current.value.application(reference.application)
  const found = findChangeable(application, reference, change, options.clock)
  if (!found.ok) return found
  if (isDone(found.value.credential, change)) return found
  if (change.state === 'active' && change.verify) {
    const verified = await verify(options, current.value, found.value)
    if (!verified.ok) return verified
  }
  const changed = await write(options, actor, reference, change)
  if (changed.ok) follow(options, changed.value)
  return changed
}

/** What this replica does at once; the others see the change in their snapshots. */
function follow(
  { cache, custody }: CredentialStateOptions,
  { application, credential }: StoredCredential,
): void {
  if (credential.state === 'retired') custody.forget(credential)
  else cache.forgetFailures((target) => target.clientId === application.clientId)
}

function isDone(credential: Credential, change: CredentialStateChange): boolean {
  if (credential.state !== change.state) return false
  return change.state === 'active' || credential.compromised || !change.compromised
}

function findChangeable(
  application: Application | undefined,
  reference: CredentialReference,
  { state, ifRevision }: CredentialStateChange,
  clock: Clock,
): Result<StoredCredential, Failure> {
  const found = findCredential(application, reference, ifRevision)
  if (!found.ok || state === 'retired') return found
  const { application: of, credential } = found.value
  if (credential.state === 'retired') {
    return fail({
      code: 'conflict',
      detail: 'A retired credential does not come back.',
      hint: 'Add a new credential, make it known to Entra and activate that one.',
    })
  }
  if (Date.parse(credential.expiresAt) <= clock.now()) {
    return fail({
      code: 'conflict',
      detail: `The credential expired on ${credential.expiresAt}.`,
      hint: 'Add a new one: Entra takes no expired certificate or secret.',
    })
  }
  const active = of.credentials.filter((other) => other.state === 'active' && other.uid !== credential.uid)
  if (active.length >= maximumActiveCredentials) {
    return fail({
      code: 'conflict',
      detail: `The application has ${active.length} active credentials already.`,
      hint: `Retire one of them first: ${active.map(({ id }) => id).join(', ')}.`,
    })
  }
  return found
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
  reference: CredentialReference,
  change: CredentialStateChange,
): Promise<Result<StoredCredential, Failure>> {
  return registry.commit(async (transaction) => {
    const existing = await transaction.application(reference.application)
    const found = findChangeable(existing, reference, change, clock)
    if (!found.ok) return found
    const { application, credential: before } = found.value
    const compromised = before.compromised || (change.state === 'retired' && change.compromised)
    const now = isoNow(clock)
    const credential: Credential = {
      ...before,
      state: change.state,
      compromised,
      ...(change.state === 'active' && { activatedAt: now }),
      updatedAt: now,
    }
    const changed: Application = {
      ...application,
      credentials: application.credentials.map((other) =>
        other.uid === credential.uid ? credential : other,
      ),
      // Tokens are cached by epoch, so a new one puts those of the old out of reach, on every replica.
      epoch: compromised && !before.compromised ? await transaction.nextEpoch() : application.epoch,
      revision: transaction.revision,
    }
    await transaction.saveApplication(changed)
    await transaction.recordChange(actor, {
      action: `credential.${change.state === 'active' ? 'activated' : 'retired'}`,
      target: `applications/${application.id}/credentials/${credential.id}`,
      before: { state: before.state },
      after: {
        state: credential.state,
        ...(change.state === 'active' ? { verified: change.verify } : { compromised }),
      },
    })
    return ok({ application: changed, credential })
  })
}
