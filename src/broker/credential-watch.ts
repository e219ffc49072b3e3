import type { Credential } from '../domain/credential.ts'
import type { CredentialOptions, StoredCredential } from './create-credential.ts'
import type { KeyCustody } from './credential-ports.ts'
import { type CredentialExpiry, credentialExpiries, thresholdOf } from './expiry.ts'
import { findRenewals, type RefusedRenewal } from './find-renewals.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

/** Milliseconds. A renewed certificate waits for an operator anyway. */
const interval = 600_000

/** Who is told of what was found. */
export interface CredentialReport {
  expiring(expiry: CredentialExpiry): void
  renewed(stored: StoredCredential): void
  refused(renewal: RefusedRenewal): void
  failed(error: unknown): void
}

export interface CredentialWatchOptions extends CredentialOptions {
  readonly custody: KeyCustody
  readonly report: CredentialReport
}

export interface CredentialWatch {
  /** Looks now, and from then on at intervals until `stop`. */
  start(): void
  stop(): void
  look(): Promise<void>
}

/**
 * Looks after credentials without being asked: those that run out, those that Key Vault renewed, and keys that are
 * held although they are retired. Every replica does so; that one new version becomes one credential is decided
 * under the registry's lock.
 */
export function createCredentialWatch(options: CredentialWatchOptions): CredentialWatch {
  const { registry, clock, custody, report } = options
  const told = new Map<string, number>()
  let seen: readonly Credential[] = []
  let timer: NodeJS.Timeout | undefined

  /** Once for each threshold that a credential passes, and once a process for the last one it has passed. */
  function tellExpiries(snapshot: RegistrySnapshot): void {
    for (const expiry of credentialExpiries(snapshot.applications(), clock.now())) {
      const threshold = thresholdOf(expiry)
      if (threshold === undefined || threshold === told.get(expiry.credential.uid)) continue
      told.set(expiry.credential.uid, threshold)
      report.expiring(expiry)
    }
  }

  /** What was retired, on whatever replica, and what was removed since the last look. */
  function letGo(snapshot: RegistrySnapshot): void {
    const credentials = snapshot.applications().flatMap((application) => application.credentials)
    const usable = credentials.filter(({ state }) => state !== 'retired')
    const uids = new Set(usable.map(({ uid }) => uid))
    for (const credential of [...seen, ...credentials]) {
      if (!uids.has(credential.uid)) custody.forget(credential)
    }
    seen = usable
  }

  async function look(): Promise<void> {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return
    tellExpiries(snapshot.value)
    letGo(snapshot.value)
    const { pending, refused } = await findRenewals(options, snapshot.value.applications())
    pending.forEach(report.renewed)
    refused.forEach(report.refused)
  }

  function round(): void {
    look().catch(report.failed)
    timer = setTimeout(round, interval)
    timer.unref()
  }

  return { start: round, stop: () => clearTimeout(timer), look }
}
