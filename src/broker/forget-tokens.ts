import type { Failure } from '../domain/failure.ts'
import { ok, type Result } from '../domain/result.ts'
import { type Precondition, requireRecord } from './put.ts'
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
    const found = requireRecord(await transaction.tenant(id), precondition, { kind: 'tenant', id })
    if (!found.ok) return found
    const epoch = await transaction.nextEpoch()
    await transaction.saveTenant({ ...found.value, epoch, revision: transaction.revision })
    await transaction.recordChange(actor, { action: 'tenant.tokens_forgotten', target: `tenants/${id}` })
    return ok(undefined)
  })
}
