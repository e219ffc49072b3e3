import type { DialectId } from '../catalogue/dialects.ts'
import {
  type Caller,
  type CallerRole,
  type Grant,
  maximumKeys,
  type TenantSelector,
} from '../domain/caller.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type ApiKey, digestApiKey, generateApiKey } from './api-key.ts'
import { type Actor, Faults, isoNow, type Registration } from './registration.ts'

export interface NewGrant {
  readonly tenants: TenantSelector
  readonly permissions: readonly string[]
  readonly excess: 'refuse' | 'allow'
}

export interface NewCaller {
  readonly id: string
  readonly role: CallerRole
  readonly dialect?: DialectId
  readonly enabled: boolean
  readonly grants: readonly NewGrant[]
}

export async function createCaller(
  { registry, clock, random }: Registration,
  actor: Actor,
  input: NewCaller,
): Promise<Result<Caller, Failure>> {
  const faults = new Faults()
  faults.id(input.id)
  const grants = input.grants.map(
    (grant, index): Grant => ({
      ...grant,
      permissions: faults.permissions(`/grants/${index}/permissions`, grant.permissions),
    }),
  )
  const checked = faults.result()
  if (!checked.ok) return checked

  return registry.commit(async (transaction) => {
    if ((await transaction.caller(input.id)) !== undefined) {
      return fail({ code: 'already_exists', kind: 'caller', member: 'id', value: input.id })
    }
    const now = isoNow(clock)
    const caller: Caller = {
      ...input,
      grants,
      uid: random.uuid(),
      keys: [],
      revision: transaction.revision,
      createdAt: now,
      updatedAt: now,
    }
    await transaction.insertCaller(caller)
    await transaction.recordChange(actor, {
      action: 'caller.created',
      target: `callers/${caller.id}`,
      after: input,
    })
    return ok(caller)
  })
}

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
        hint: 'Two keys overlap while one replaces the other: delete the one that is no longer used, then make a new one.',
      })
    }
    const key = generateApiKey(random)
    await transaction.insertKey(caller, { id: key.id, sha256: digestApiKey(key), createdAt: now, ...expiry })
    const target = `callers/${callerId}/keys/${key.id}`
    await transaction.recordChange(actor, { action: 'key.created', target, after: { id: key.id, ...expiry } })
    return ok({ key, createdAt: now, ...expiry })
  })
}
