import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { checkPrecondition, type Precondition } from './put.ts'
import type { Actor, Registration } from './registration.ts'

/**
 * Puts everything that is cached of a tenant out of reach, on every replica: tokens are cached by epoch. A mint that
 * is under way was asked for under the old epoch too, so what it brings is not handed out either.
 */
export async function forgetTokens(
  { registry }: Pick<Registration, 'registry'>,
  actor: Actor,
  id: string,
  precondition: Precondition,
): Promise<Result<void, Failure>> {
  return registry.commit(async (transaction) => {
    const existing = await transaction.tenant(id)
    if (existing === undefined) return fail({ code: 'not_found', kind: 'tenant', id })
    const allowed = checkPrecondition(existing, precondition, { kind: 'tenant', id })
    if (!allowed.ok) return allowed
    const epoch = await transaction.nextEpoch()
    await transaction.saveTenant({ ...existing, epoch, revision: transaction.revision })
    await transaction.recordChange(actor, { action: 'tenant.tokens_forgotten', target: `tenants/${id}` })
    return ok(undefined)
  })
}
