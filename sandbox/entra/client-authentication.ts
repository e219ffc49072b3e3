import { fail, ok, type Result } from '../../src/domain/result.ts'
import type { Application } from './application.ts'
import { verifyAssertion } from './assertion.ts'
import { malformedAssertion } from './assertion-refusals.ts'
import { expiredSecret, wrongSecret } from './refusals.ts'
import type { ReplayGuard } from './replay-guard.ts'
import type { Refusal } from './replies.ts'

export type ClientCredential =
  | { readonly kind: 'assertion'; readonly assertion: string }
  | { readonly kind: 'secret'; readonly secret: string }

export interface AuthenticationContext {
  readonly audiences: readonly string[]
  readonly replays: ReplayGuard
  /** Unix time in milliseconds. */
  readonly now: number
}

/** How the client proved itself, as the token's `appidacr` says it: 1 by secret, 2 by assertion. */
export function authenticate(
  application: Application,
  credential: ClientCredential,
  context: AuthenticationContext,
): Result<'1' | '2', Refusal> {
  if (credential.kind === 'secret') return authenticateBySecret(application, credential.secret, context.now)
  const { clientId } = application
  const verified = verifyAssertion(credential.assertion, {
    clientId,
    audiences: context.audiences,
    certificates: application.certificates.at(context.now) ?? [],
    now: context.now,
  })
  if (!verified.ok) return verified
  const { jti, expiresAt } = verified.value
  // Last, so that nobody can use up another client's jti with a signature that does not hold.
  if (context.replays.admit(clientId, jti, expiresAt, context.now)) return ok('2')
  return fail(malformedAssertion("The 'jti' claim was used before."))
}

function authenticateBySecret(application: Application, value: string, now: number): Result<'1', Refusal> {
  const secret = application.secrets.find((one) => one.value === value)
  if (secret === undefined) return fail(wrongSecret(application.clientId))
  if (secret.expiresAt !== undefined && secret.expiresAt <= now) {
    return fail(expiredSecret(application.clientId))
  }
  return ok('1')
}
