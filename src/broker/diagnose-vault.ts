import type { Application } from '../domain/application.ts'
import type { Credential } from '../domain/credential.ts'
import type { Failure, MintFailure } from '../domain/failure.ts'
import { ok, type Result } from '../domain/result.ts'
import { type CredentialOptions, type StoredCredential, vaultTags } from './create-credential.ts'
import type { KeyCustody, ListedSecret } from './credential-ports.ts'
import { findRenewals, type RefusedRenewal } from './find-renewals.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

export interface VaultDiagnosis {
  /** Secrets that the broker made and that no credential names. */
  readonly orphans: readonly ListedSecret[]
  /** Credentials that are not retired and cannot be used, with the reason. */
  readonly unusable: readonly UnusableCredential[]
  readonly renewed: readonly StoredCredential[]
  readonly refused: readonly RefusedRenewal[]
}

export interface UnusableCredential {
  readonly application: Application
  readonly credential: Credential
  readonly failure: MintFailure
}

export interface VaultDiagnosisOptions extends CredentialOptions {
  readonly custody: KeyCustody
}

/**
 * Compares the vault with the registry. It deletes nothing: an orphan may belong to another broker that shares the
 * vault, to a registry that was restored from an older copy, or to a call that is still under way.
 */
export async function diagnoseVault(
  options: VaultDiagnosisOptions,
): Promise<Result<VaultDiagnosis, Failure>> {
  const { registry, vault } = options
  const listed = await vault.list()
  if (!listed.ok) return listed
  const current = await registry.current()
  if (!current.ok) return current
  const { pending, refused } = await findRenewals(options, current.value.applications())
  return ok({
    orphans: findOrphans(listed.value, current.value),
    unusable: await findUnusable(options.custody, current.value),
    renewed: pending,
    refused,
  })
}

function findOrphans(secrets: readonly ListedSecret[], snapshot: RegistrySnapshot): readonly ListedSecret[] {
  const named = new Set(
    snapshot
      .applications()
      .flatMap(({ credentials }) => credentials.map(({ vaultName }) => vaultName.toLowerCase())),
  )
  return secrets.filter(
    ({ name, tags }) => tags['created-by'] === vaultTags['created-by'] && !named.has(name.toLowerCase()),
  )
}

/** One after another: a diagnosis must not be what brings the vault to throttle. */
async function findUnusable(custody: KeyCustody, snapshot: RegistrySnapshot): Promise<UnusableCredential[]> {
  const unusable: UnusableCredential[] = []
  for (const application of snapshot.applications()) {
    for (const credential of application.credentials) {
      if (credential.state === 'retired') continue
      const probed = await custody.probe(credential)
      if (!probed.ok) unusable.push({ application, credential, failure: probed.failure })
    }
  }
  return unusable
}
