import { type Caller, maximumKeys } from '../domain/caller.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type ApiKey, digestApiKey, generateApiKey } from './api-key.ts'
import { keepAnOperator } from './put-caller.ts'
import { type Actor, isoNow, type Registration } from './registration.ts'

export interface CreatedKey {
  readonly key: ApiKey
  readonly createdAt: string
  readonly expiresAt?: string
}

/** Makes a key; this answer is the only place where it is ever seen. */
export async function createKey(
  { registry, clock, random }: Registration,
  actor: Actor,
  callerId: string,
  expiresAt: string | undefined,
): Promise<Result<CreatedKey, Failure>> {
  const now = isoNow(clock)
  if (expiresAt !== undefined && expiresAt <= now) {
    return fail({
      code: 'invalid_request',
      faults: [{ pointer: '/expires_at', detail: 'This moment has passed.' }],
    })
  }
  const expiry = expiresAt === undefined ? {} : { expiresAt }
  return registry.commit(async (transaction) => {
    const caller = await transaction.caller(callerId)
    if (caller === undefined) return fail({ code: 'not_found', kind: 'caller', id: callerId })
    const valid = caller.keys.filter((key) => key.expiresAt === undefined || key.expiresAt > now)
    if (valid.length >= maximumKeys) {
      return fail({
        code: 'conflict',
        detail: `The caller "${callerId}" has ${valid.length} valid keys already.`,
        hint: 'Two keys overlap while one replaces the other: delete the one no longer used, then make a new one.',
      })
    }
    const key = generateApiKey(random)
    const kept = { id: key.id, sha256: digestApiKey(key), createdAt: now, ...expiry }
    await transaction.saveCaller({ ...caller, keys: [...caller.keys, kept], revision: transaction.revision })
    const target = `callers/${callerId}/keys/${key.id}`
    const after = { id: key.id, ...(expiresAt !== undefined && { expires_at: expiresAt }) }
    await transaction.recordChange(actor, { action: 'key.created', target, after })
    return ok({ key, createdAt: now, ...expiry })
  })
}

/** Revokes a key: no replica accepts it once it has seen the change. */
export async function removeKey(
  { registry, clock, trustedIssuers }: Registration,
  actor: Actor,
  callerId: string,
  keyId: string,
): Promise<Result<void, Failure>> {
  return registry.commit(async (transaction) => {
    const caller = await transaction.caller(callerId)
    if (caller === undefined) return fail({ code: 'not_found', kind: 'caller', id: callerId })
    const keys = caller.keys.filter(({ id }) => id !== keyId)
    if (keys.length === caller.keys.length) return fail({ code: 'not_found', kind: 'key', id: keyId })
    const without: Caller = { ...caller, keys, revision: transaction.revision }
    const now = isoNow(clock)
    const safe = await keepAnOperator(transaction, caller, without, { now, trustedIssuers })
    if (!safe.ok) return safe
    await transaction.saveCaller(without)
    const target = `callers/${callerId}/keys/${keyId}`
    await transaction.recordChange(actor, { action: 'key.removed', target, before: { id: keyId } })
    return ok(undefined)
  })
}
