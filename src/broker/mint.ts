import { type Credential, signingCredentials } from '../domain/application.ts'
import type { MintFailure } from '../domain/failure.ts'
import { fail, type Result } from '../domain/result.ts'
import type { AccessToken, TokenTarget } from '../domain/token.ts'
import type { KeyCustody, TokenIssuer } from './ports.ts'
import type { Registry } from './registry.ts'

export interface MintOptions {
  readonly registry: Registry
  readonly custody: KeyCustody
  readonly issuer: TokenIssuer
}

type Minted = Result<AccessToken, MintFailure>

/**
 * Gets a token for a target from Entra, signed by the application's newest active credential. If Entra does not
 * take that one, its key is read from the vault anew next time and the other active credential is tried, once.
 */
export function createMint({
  registry,
  custody,
  issuer,
}: MintOptions): (target: TokenTarget) => Promise<Minted> {
  return async (target) => {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return fail({ code: 'entra_unavailable', retryAfterSeconds: 5 })
    const application = snapshot.value.applicationByClientId(target.cloud, target.clientId)
    const [first, second] = application === undefined ? [] : signingCredentials(application)
    if (application === undefined || first === undefined) {
      return fail({ code: 'credential_missing', application: application?.id ?? target.clientId })
    }
    const acquire = (credential: Credential) =>
      acquireWith({ custody, issuer }, { target, signingAlg: application.signingAlg, credential })
    const result = await acquire(first)
    if (result.ok || result.failure.code !== 'credential_rejected') return result
    custody.reload(first)
    if (second === undefined) return result
    const other = await acquire(second)
    return other.ok || other.failure.code !== 'credential_rejected' ? other : result
  }
}

/** One acquisition with one credential. An assertion whose times Entra finds wrong is signed anew once. */
export async function acquireWith(
  { custody, issuer }: Pick<MintOptions, 'custody' | 'issuer'>,
  using: Omit<Parameters<TokenIssuer['acquire']>[0], 'signer'>,
): Promise<Minted> {
  const signer = await custody.signer(using.credential)
  if (!signer.ok) return signer
  const acquisition = { ...using, signer: signer.value }
  const result = await issuer.acquire(acquisition)
  if (result.ok || result.failure.code !== 'assertion_expired') return result
  return issuer.acquire(acquisition)
}
