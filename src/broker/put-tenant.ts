import type { Application } from '../domain/application.ts'
import type { CloudName } from '../domain/cloud.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import { type TenantDocument, tenantDocument } from './documents.ts'
import type { RegistryTransaction } from './ports.ts'
import {
  checkImmutable,
  checkPrecondition,
  type Immutable,
  type Precondition,
  type Put,
  requireRecord,
  saveIfChanged,
} from './put.ts'
import { type Actor, Faults, isoNow, type Registration } from './registration.ts'

const immutable: Immutable<Tenant> = [
  {
    member: 'directoryId',
    pointer: '/directory_id',
    reason: 'another directory is another tenant; register that one.',
  },
  { member: 'cloud', pointer: '/cloud', reason: 'a directory lives in one cloud.' },
]

/** Creates or replaces a tenant; writes nothing where nothing changes. */
export async function putTenant(
  { registry, clock, random }: Registration,
  actor: Actor,
  document: TenantDocument,
  precondition: Precondition,
): Promise<Result<Put<Tenant>, Failure>> {
  const { id } = document
  const faults = new Faults()
  faults.id(id)
  const checked = faults.result()
  if (!checked.ok) return checked

  return registry.commit<Put<Tenant>>(async (transaction) => {
    const existing = await transaction.tenant(id)
    const allowed = checkPrecondition(existing, precondition, { kind: 'tenant', id })
    if (!allowed.ok) return allowed
    const directoryId = document.directory_id.toLowerCase()
    const sameDirectory = await transaction.tenantByDirectory(directoryId)
    if (sameDirectory !== undefined && sameDirectory.uid !== existing?.uid) {
      return fail({ code: 'already_exists', kind: 'tenant', member: 'directory_id', value: directoryId })
    }
    const cloud = await sharedCloud(transaction, document)
    if (!cloud.ok) return cloud
    const now = isoNow(clock)
    const tenant: Tenant = {
      id,
      uid: existing?.uid ?? random.uuid(),
      directoryId,
      cloud: cloud.value,
      ...(document.display_name !== undefined && { displayName: document.display_name }),
      labels: document.labels ?? {},
      applications: [...new Set(document.applications)].sort(),
      roleCheck: document.role_check ?? 'strict',
      enabled: document.enabled ?? true,
      epoch: await epochOf(transaction, existing, document.enabled ?? true),
      revision: transaction.revision,
      createdAt: existing?.createdAt ?? now,
      updatedAt: now,
    }
    const kept = checkImmutable(existing, tenant, immutable)
    if (!kept.ok) return kept
    const put = await saveIfChanged(transaction, actor, {
      kind: 'tenant',
      existing,
      next: tenant,
      documentOf: tenantDocument,
      save: () => transaction.saveTenant(tenant),
    })
    return ok(put)
  })
}

/** Disabling raises the epoch: enabled again, the tenant starts with new tokens and its old consent links are void. */
async function epochOf(transaction: RegistryTransaction, existing: Tenant | undefined, enabled: boolean) {
  const isDisabled = existing?.enabled === true && !enabled
  return existing === undefined || isDisabled ? transaction.nextEpoch() : existing.epoch
}

/** A directory lives in one cloud, and so does an app registration: those of a tenant must agree. */
export async function sharedCloud(
  transaction: Pick<RegistryTransaction, 'application'>,
  { applications, cloud }: Pick<TenantDocument, 'applications' | 'cloud'>,
): Promise<Result<CloudName, Failure>> {
  const faults = new Faults()
  const found: Application[] = []
  for (const [index, id] of applications.entries()) {
    const application = await transaction.application(id)
    if (application === undefined) faults.add(`/applications/${index}`, 'No application has this id.')
    else found.push(application)
  }
  const expected = cloud ?? found[0]?.cloud ?? 'global'
  for (const application of found) {
    if (application.cloud === expected) continue
    faults.add(
      '/cloud',
      `The tenant is in "${expected}", the application "${application.id}" in "${application.cloud}".`,
    )
  }
  const checked = faults.result()
  return checked.ok ? ok(expected) : checked
}

/** Removes a tenant that no grant names: a later tenant of the same id must not inherit its callers. */
export async function removeTenant(
  { registry }: Registration,
  actor: Actor,
  id: string,
  precondition: Precondition,
): Promise<Result<void, Failure>> {
  return registry.commit(async (transaction) => {
    const found = requireRecord(await transaction.tenant(id), precondition, { kind: 'tenant', id })
    if (!found.ok) return found
    const callers = await transaction.callersGranted(id)
    if (callers.length > 0) {
      return fail({
        code: 'in_use',
        kind: 'tenant',
        id,
        usedBy: callers.map((caller) => `callers/${caller}`),
      })
    }
    await transaction.removeTenant(found.value)
    const before = tenantDocument(found.value)
    await transaction.recordChange(actor, { action: 'tenant.removed', target: `tenants/${id}`, before })
    return ok(undefined)
  })
}
