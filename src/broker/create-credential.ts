import type { Application } from '../domain/application.ts'
import type { Credential } from '../domain/credential.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { VaultReference } from './credential-ports.ts'
import {
  type CredentialIdentity,
  type NewCredential,
  type PreparationOptions,
  type PreparedCredential,
  prepareCredential,
} from './prepare-credential.ts'
import { type Actor, isoNow, type Registration } from './registration.ts'

export type CredentialOptions = Registration & PreparationOptions

/** The credential of an application, with the revision of the application that it is part of. */
export interface StoredCredential {
  readonly application: Application
  readonly credential: Credential
}

/** What the broker writes on each secret of its own, so that one which no credential names is found again. */
export const vaultTags = { 'created-by': 'graph-token-broker' }

/**
 * Keeps what proves an application as a `pending` credential. The vault comes first and the row second: a row
 * never names a key that is not there, and what a crash leaves in the vault is found again by its tags.
 */
export async function createCredential(
  options: CredentialOptions,
  actor: Actor,
  applicationId: string,
  input: NewCredential,
): Promise<Result<StoredCredential, Failure>> {
  const current = await options.registry.current()
  if (!current.ok) return current
  const application = current.value.application(applicationId)
  if (application === undefined) return fail({ code: 'not_found', kind: 'application', id: applicationId })

  const prepared = await prepareCredential(options, input)
  if (!prepared.ok) return prepared
  const { identity } = prepared.value
  const check = (to: Application) => checkNew(to, identity)
  const isNew = check(application)
  if (!isNew.ok) return isNew
  const uid = options.random.uuid()
  const reference = await keep(options, application, uid, prepared.value)
  if (!reference.ok) return reference
  return insertCredential(options, actor, applicationId, { uid, identity, reference: reference.value, check })
}

/** The same certificate twice is a call that was repeated; the first one did what was wanted. */
export function checkNew({ credentials }: Application, identity: CredentialIdentity): Result<void, Failure> {
  if (identity.type === 'client_secret') return ok(undefined)
  const { thumbprintSha1, thumbprintSha256 } = identity
  const same = credentials.some(
    (other) =>
      other.state !== 'retired' &&
      other.type !== 'client_secret' &&
      other.thumbprintSha256 === thumbprintSha256,
  )
  if (!same) return ok(undefined)
  return fail({
    code: 'already_exists',
    kind: 'credential',
    member: 'thumbprint_sha1',
    value: thumbprintSha1,
  })
}

async function keep(
  { vault }: CredentialOptions,
  application: Application,
  uid: string,
  { identity, place }: PreparedCredential,
): Promise<Result<VaultReference, Failure>> {
  if (place.kind === 'existing') return ok(place.reference)
  return vault.store({
    name: `gtb-${uid}`,
    value: place.value,
    contentType: place.contentType,
    expiresAt: identity.expiresAt,
    tags: { ...vaultTags, application: application.uid, credential: uid },
  })
}

interface NewRow {
  readonly uid: string
  readonly identity: CredentialIdentity
  readonly reference: VaultReference
  /** Looked at under the lock, so that calls and replicas that come together write one row. */
  readonly check: (application: Application) => Result<void, Failure>
}

/** Writes the row of a credential that is in the vault. */
export function insertCredential(
  { registry, clock }: Registration,
  actor: Actor,
  applicationId: string,
  { uid, identity, reference, check }: NewRow,
): Promise<Result<StoredCredential, Failure>> {
  return registry.commit(async (transaction) => {
    const application = await transaction.application(applicationId)
    if (application === undefined) return fail({ code: 'not_found', kind: 'application', id: applicationId })
    const isNew = check(application)
    if (!isNew.ok) return isNew
    const now = isoNow(clock)
    const credential: Credential = {
      ...identity,
      uid,
      id: uid.slice(0, 8),
      state: 'pending',
      vaultName: reference.name,
      vaultVersion: reference.version,
      compromised: false,
      createdAt: now,
      updatedAt: now,
    }
    const changed: Application = {
      ...application,
      credentials: [...application.credentials, credential],
      revision: transaction.revision,
    }
    await transaction.saveApplication(changed)
    await transaction.recordChange(actor, {
      action: 'credential.created',
      target: `applications/${applicationId}/credentials/${credential.id}`,
      after: describeCredential(credential),
    })
    return ok({ application: changed, credential })
  })
}

/** A credential as the audit shows it. */
export function describeCredential(credential: Credential) {
  const { type, source, state, expiresAt, vaultName, vaultVersion } = credential
  return {
    type,
    source,
    state,
    ...(credential.type !== 'client_secret' && { thumbprint_sha1: credential.thumbprintSha1 }),
    expires_at: expiresAt,
    key_vault: { name: vaultName, version: vaultVersion },
  }
}
