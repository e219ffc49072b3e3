import type { Application } from '../domain/application.ts'
import { type Credential, signingCredentials } from '../domain/credential.ts'
import type { MintFailure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { AccessToken, TokenTarget } from '../domain/token.ts'
import type { KeyCustody } from './credential-ports.ts'
import type { Clock, TokenIssuer } from './ports.ts'
import type { Registry } from './registry.ts'

/** Milliseconds for which the credential that worked goes before a newer one that did not. */
const winnerMemory = 300_000

export interface MintOptions {
  readonly registry: Registry
  readonly custody: KeyCustody
  readonly issuer: TokenIssuer
  readonly clock: Clock
}

type Minted = Result<AccessToken, MintFailure>

/**
 * Gets a token for a target from Entra, proven by the application's newest active credential. If that one is not to
 * be had or Entra does not take it, it is read from the vault again and the other active credential is
 * tried, once. The one that worked goes first for a while, so that a certificate which Entra does not know yet costs
 * one request and not one for each tenant.
 */
export function createMint(options: MintOptions): (target: TokenTarget) => Promise<Minted> {
  const { registry, custody, clock } = options
  const winners = createWinners(clock)
  const proving = { custody, issuer: guarded(options) }

  return async (target) => {
    const application = findApplication(registry, target)
    if (!application.ok) return application
    const { uid, id, signingAlg } = application.value
    const [first] = winners.order(application.value)
    if (first === undefined) return fail({ code: 'credential_missing', application: id })

    const result = await acquireWith(proving, { target, signingAlg, credential: first })
    if (result.ok || !concernsCredential(result.failure)) return result
    if (result.failure.code === 'credential_rejected') custody.reread(first)
    // Looked up again: the other one may have been retired while this one was tried.
    const current = findApplication(registry, target)
    const second = current.ok && winners.order(current.value).find((other) => other.uid !== first.uid)
    if (!second) return result
    const other = await acquireWith(proving, { target, signingAlg, credential: second })
    if (!other.ok && concernsCredential(other.failure)) return result
    if (other.ok) winners.remember(uid, second)
    return other
  }
}

/** As the snapshot has it at this moment. */
function findApplication(registry: Registry, target: TokenTarget): Result<Application, MintFailure> {
  const snapshot = registry.snapshot()
  if (!snapshot.ok) return fail({ code: 'entra_unavailable', retryAfterSeconds: 5 })
  const application = snapshot.value.applicationByClientId(target.cloud, target.clientId)
  return application === undefined
    ? fail({ code: 'credential_missing', application: target.clientId })
    : ok(application)
}

/** Asks Entra with nothing that was retired meanwhile: reading the vault takes its time. */
function guarded({ registry, issuer }: MintOptions): TokenIssuer {
  return {
    async acquire(acquisition) {
      const application = findApplication(registry, acquisition.target)
      if (!application.ok) return application
      const { id, credentials } = application.value
      const isActive = signingCredentials(credentials).some(({ uid }) => uid === acquisition.credential.uid)
      return isActive ? issuer.acquire(acquisition) : fail({ code: 'credential_missing', application: id })
    },
  }
}

/** Remembers which credential of an application worked where the one before it did not. */
function createWinners(clock: Clock) {
  const winners = new Map<string, { readonly credentialUid: string; readonly until: number }>()
  return {
    /** The application's active credentials, the one to try first in front. */
    order({ uid, credentials }: Application): readonly Credential[] {
      const signing = signingCredentials(credentials)
      const winner = winners.get(uid)
      if (winner === undefined) return signing
      if (winner.until > clock.monotonic()) {
        return signing.toSorted(
          (a, b) => Number(b.uid === winner.credentialUid) - Number(a.uid === winner.credentialUid),
        )
      }
      winners.delete(uid)
      return signing
    },
    remember(applicationUid: string, { uid }: Credential): void {
      winners.set(applicationUid, { credentialUid: uid, until: clock.monotonic() + winnerMemory })
    },
  }
}

/** Whether another credential of the same application may fare better. */
export function concernsCredential({ code }: MintFailure): boolean {
  return (
    code === 'credential_rejected' ||
    code === 'credential_missing' ||
    code === 'credential_unreadable' ||
    code === 'key_vault_unavailable' ||
    code === 'key_vault_denied'
  )
}

/** One acquisition with one credential. An assertion whose times Entra finds wrong is signed anew once. */
export async function acquireWith(
  { custody, issuer }: Pick<MintOptions, 'custody' | 'issuer'>,
  using: Omit<Parameters<TokenIssuer['acquire']>[0], 'proof'>,
): Promise<Minted> {
  const proof = await custody.proof(using.credential)
  if (!proof.ok) return proof
  const acquisition = { ...using, proof: proof.value }
  const result = await issuer.acquire(acquisition)
  if (result.ok || result.failure.code !== 'assertion_expired') return result
  return issuer.acquire(acquisition)
}
