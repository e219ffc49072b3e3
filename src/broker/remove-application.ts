import type { Application } from '../domain/application.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { applicationDocument } from './documents.ts'
import { type Precondition, requireRecord } from './put.ts'
import type { Actor } from './registration.ts'
import { type CredentialRemovalOptions, discard } from './remove-credential.ts'

/**
 * Removes an application that no tenant uses and that has nothing left to sign with, with its retired credentials.
 * The vault comes first, as where a credential is removed by itself.
 */
export async function removeApplication(
  { registry, vault, custody }: CredentialRemovalOptions,
  actor: Actor,
  id: string,
  precondition: Precondition,
): Promise<Result<void, Failure>> {
  const current = await registry.current()
  if (!current.ok) return current
  const application = current.value.application(id)
  const users = current.value.tenants().filter(({ applications }) => applications.includes(id))
  const removable = checkRemovable(
    application,
    id,
    precondition,
    users.map((tenant) => tenant.id),
  )
  if (!removable.ok) return removable
  const discarded = await discard(vault, current.value, removable.value.credentials)
  if (!discarded.ok) return discarded

  const removed = await registry.commit<void>(async (transaction) => {
    const existing = await transaction.application(id)
    const tenants = existing === undefined ? [] : await transaction.tenantsOf(existing)
    const again = checkRemovable(existing, id, precondition, tenants)
    if (!again.ok) return again
    await transaction.removeApplication(again.value)
    await transaction.recordChange(actor, {
      action: 'application.removed',
      target: `applications/${id}`,
      before: applicationDocument(again.value),
    })
    return ok(undefined)
  })
  if (removed.ok) removable.value.credentials.forEach(custody.forget)
  return removed
}

function checkRemovable(
  application: Application | undefined,
  id: string,
  precondition: Precondition,
  tenants: readonly string[],
): Result<Application, Failure> {
  const found = requireRecord(application, precondition, { kind: 'application', id })
  if (!found.ok) return found
  const usable = found.value.credentials.filter(({ state }) => state !== 'retired')
  const usedBy = [
    ...tenants.map((tenant) => `tenants/${tenant}`),
    ...usable.map((credential) => `applications/${id}/credentials/${credential.id}`),
  ]
  return usedBy.length === 0 ? found : fail({ code: 'in_use', kind: 'application', id, usedBy })
}
