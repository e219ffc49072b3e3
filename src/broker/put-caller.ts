import { type Caller, type Grant, hasUsableKey } from '../domain/caller.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type CallerDocument, callerDocument, readSelector } from './documents.ts'
import type { RegistryTransaction } from './ports.ts'
import { checkPrecondition, type Precondition, type Put, requireRecord, saveIfChanged } from './put.ts'
import { type Actor, Faults, isoNow, type Registration } from './registration.ts'

/** Creates or replaces a caller; writes nothing where nothing changes. Its keys stay as they are. */
export async function putCaller(
  { registry, clock, random }: Registration,
  actor: Actor,
  document: CallerDocument,
  precondition: Precondition,
): Promise<Result<Put<Caller>, Failure>> {
  const { id } = document
  const faults = new Faults()
  faults.id(id)
  const grants = document.grants.map((grant, index): Grant => {
    const permissions = faults.permissions(`/grants/${index}/permissions`, grant.permissions)
    return { tenants: readSelector(grant.tenants), permissions, excess: grant.excess ?? 'refuse' }
  })
  const checked = faults.result()
  if (!checked.ok) return checked

  return registry.commit<Put<Caller>>(async (transaction) => {
    const existing = await transaction.caller(id)
    const allowed = checkPrecondition(existing, precondition, { kind: 'caller', id })
    if (!allowed.ok) return allowed
    const now = isoNow(clock)
    const caller: Caller = {
      id,
      uid: existing?.uid ?? random.uuid(),
      role: document.role,
      ...(document.dialect !== undefined && { dialect: document.dialect }),
      ...(document.rate_limit !== undefined && { rateLimit: document.rate_limit }),
      enabled: document.enabled ?? true,
      grants,
      keys: existing?.keys ?? [],
      revision: transaction.revision,
      createdAt: existing?.createdAt ?? now,
      updatedAt: now,
    }
    const safe = await keepAnOperator(transaction, existing, caller, now)
    if (!safe.ok) return safe
    const put = await saveIfChanged(transaction, actor, {
      kind: 'caller',
      existing,
      next: caller,
      documentOf: callerDocument,
      save: () => transaction.saveCaller(caller),
    })
    return ok(put)
  })
}

export async function removeCaller(
  { registry, clock }: Registration,
  actor: Actor,
  id: string,
  precondition: Precondition,
): Promise<Result<void, Failure>> {
  return registry.commit(async (transaction) => {
    const found = requireRecord(await transaction.caller(id), precondition, { kind: 'caller', id })
    if (!found.ok) return found
    const safe = await keepAnOperator(transaction, found.value, undefined, isoNow(clock))
    if (!safe.ok) return safe
    await transaction.removeCaller(found.value)
    const before = callerDocument(found.value)
    await transaction.recordChange(actor, { action: 'caller.removed', target: `callers/${id}`, before })
    return ok(undefined)
  })
}

/** Refuses a change after which nobody could manage the broker any more. `after` undefined: it is removed. */
export async function keepAnOperator(
  transaction: RegistryTransaction,
  before: Caller | undefined,
  after: Caller | undefined,
  now: string,
): Promise<Result<void, Failure>> {
  const canManage = (caller: Caller | undefined) => caller?.role === 'operator' && hasUsableKey(caller, now)
  if (before === undefined || !canManage(before) || canManage(after)) return ok(undefined)
  const operators = await transaction.operators()
  const others = operators.filter((caller) => caller.uid !== before.uid && canManage(caller))
  return others.length > 0 ? ok(undefined) : fail({ code: 'last_operator', id: before.id })
}
