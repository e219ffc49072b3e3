import type { Application } from '../domain/application.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import {
  type CredentialOptions,
  checkNew,
  insertCredential,
  type StoredCredential,
} from './create-credential.ts'
import { prepareVaultSecret } from './prepare-credential.ts'

/** Who the audit names for what nobody asked for; no caller can be called so. */
const actorName = 'broker:renewal'

export interface Renewals {
  readonly pending: readonly StoredCredential[]
  /** Versions that cannot serve, and secrets that could not be read. */
  readonly refused: readonly RefusedRenewal[]
}

export interface RefusedRenewal {
  readonly application: string
  /** The secret in the vault. */
  readonly name: string
  readonly failure: Failure
}

/**
 * Looks whether Key Vault has renewed a certificate that an application uses. A version that is not known yet becomes
 * a `pending` credential and nothing more: Entra does not know it, so it must never activate itself.
 */
export async function findRenewals(
  options: CredentialOptions,
  applications: readonly Application[],
): Promise<Renewals> {
  const pending: StoredCredential[] = []
  const refused: RefusedRenewal[] = []
  for (const application of applications) {
    for (const name of secretsOf(application)) {
      const renewal = await findRenewal(options, application, name)
      if (!renewal.ok) refused.push({ application: application.id, name, failure: renewal.failure })
      else if (renewal.value !== undefined) pending.push(renewal.value)
    }
  }
  return { pending, refused }
}

/** Of what is in use: a certificate that was retired altogether may be renewed as it likes. */
function secretsOf({ credentials }: Application): ReadonlySet<string> {
  const used = credentials.filter(
    ({ type, source, state }) => type === 'certificate' && source === 'key_vault' && state !== 'retired',
  )
  return new Set(used.map(({ vaultName }) => vaultName))
}

async function findRenewal(
  options: CredentialOptions,
  application: Application,
  name: string,
): Promise<Result<StoredCredential | undefined, Failure>> {
  const latest = await options.vault.read(name)
  if (!latest.ok) return latest
  const { version } = latest.value
  // In whatever state it is: one that was retired must not come back at the next look.
  const isKnown = ({ credentials }: Application) =>
    credentials.some(({ vaultName, vaultVersion }) => vaultName === name && vaultVersion === version)
  if (isKnown(application)) return ok(undefined)
  const prepared = await prepareVaultSecret(options.certificates, latest.value)
  if (!prepared.ok) return prepared
  const uid = options.random.uuid()
  const actor = { caller: actorName, requestId: options.random.uuid() }
  const { identity } = prepared.value
  const check = (to: Application) => (isKnown(to) ? fail(known(version)) : checkNew(to, identity))
  const row = { uid, identity, reference: { name, version }, check }
  const inserted = await insertCredential(options, actor, application.id, row)
  // Another replica was faster, or the application is gone: either way there is nothing left to do.
  if (!inserted.ok && ['already_exists', 'not_found'].includes(inserted.failure.code)) return ok(undefined)
  return inserted
}

function known(version: string): Failure {
  return { code: 'already_exists', kind: 'credential', member: 'version', value: version }
}
