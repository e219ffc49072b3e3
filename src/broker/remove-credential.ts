import type { Application } from '../domain/application.ts'
import { type Credential, isBrokerMade } from '../domain/credential.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { describeCredential, type StoredCredential } from './create-credential.ts'
import type { CredentialVault, KeyCustody } from './credential-ports.ts'
import { type CredentialReference, findCredential } from './find-credential.ts'
import type { Actor, Registration } from './registration.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

export interface CredentialRemovalOptions extends Registration {
  readonly vault: CredentialVault
  readonly custody: KeyCustody
}

/**
 * Removes a retired credential, and its secret if the broker put it into the vault. The vault comes first: a retired
 * credential never comes back, so a row whose secret is gone harms nobody, and whoever repeats the call ends it.
 */
export async function removeCredential(
  options: CredentialRemovalOptions,
  actor: Actor,
  reference: CredentialReference,
  ifRevision: number | undefined,
): Promise<Result<void, Failure>> {
  const { registry, custody } = options
  const current = await registry.current()
  if (!current.ok) return current
  const found = findRetired(current.value.application(reference.application), reference, ifRevision)
  if (!found.ok) return found
  const { credential } = found.value
  const discarded = await discard(options.vault, current.value, [credential])
  if (!discarded.ok) return discarded

  const removed = await registry.commit<void>(async (transaction) => {
    const again = findRetired(await transaction.application(reference.application), reference, ifRevision)
    if (!again.ok) return again
    const { application } = again.value
    await transaction.saveApplication({
      ...application,
      credentials: application.credentials.filter(({ uid }) => uid !== credential.uid),
      revision: transaction.revision,
    })
    await transaction.recordChange(actor, {
      action: 'credential.removed',
      target: `applications/${application.id}/credentials/${credential.id}`,
      before: describeCredential(credential),
    })
    return ok(undefined)
  })
  if (removed.ok) custody.forget(credential)
  return removed
}

function findRetired(
  application: Application | undefined,
  reference: CredentialReference,
  ifRevision: number | undefined,
): Result<StoredCredential, Failure> {
  const found = findCredential(application, reference, ifRevision)
  if (!found.ok || found.value.credential.state === 'retired') return found
  return fail({
    code: 'conflict',
    detail: `The credential is ${found.value.credential.state}.`,
    hint: 'Retire it first, when nothing signs with it any more.',
  })
}

/** Deletes from the vault what the broker put there and what no other credential uses. */
export async function discard(
  vault: CredentialVault,
  snapshot: RegistrySnapshot,
  credentials: readonly Credential[],
): Promise<Result<void, Failure>> {
  const uids = new Set(credentials.map(({ uid }) => uid))
  const stillUsed = new Set(
    snapshot
      .applications()
      .flatMap((application) => application.credentials)
      .filter(({ uid }) => !uids.has(uid))
      .map(({ vaultName }) => vaultName.toLowerCase()),
  )
  for (const credential of credentials) {
    if (!isBrokerMade(credential) || stillUsed.has(credential.vaultName.toLowerCase())) continue
    const removed = await vault.remove(credential.vaultName)
    if (!removed.ok) return removed
  }
  return ok(undefined)
}
