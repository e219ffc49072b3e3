import type { Application } from '../domain/application.ts'
import type { CloudName } from '../domain/cloud.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { RoleCheck, Tenant } from '../domain/tenant.ts'
import type { RegistryTransaction } from './ports.ts'
import { type Actor, Faults, isoNow, type Registration } from './registration.ts'

export interface NewTenant {
  readonly id: string
  readonly directoryId: string
  /** That of its applications where not given. */
  readonly cloud?: CloudName
  readonly displayName?: string
  readonly labels: Readonly<Record<string, string>>
  /** Slugs. */
  readonly applications: readonly string[]
  readonly roleCheck: RoleCheck
  readonly enabled: boolean
}

export async function createTenant(
  { registry, clock, random }: Registration,
  actor: Actor,
  input: NewTenant,
): Promise<Result<Tenant, Failure>> {
  const faults = new Faults()
  faults.id(input.id)
  const checked = faults.result()
  if (!checked.ok) return checked

  return registry.commit(async (transaction) => {
    const directoryId = input.directoryId.toLowerCase()
    if ((await transaction.tenant(input.id)) !== undefined) {
      return fail({ code: 'already_exists', kind: 'tenant', member: 'id', value: input.id })
    }
    if ((await transaction.tenantByDirectory(directoryId)) !== undefined) {
      return fail({ code: 'already_exists', kind: 'tenant', member: 'directory_id', value: directoryId })
    }
    const cloud = await sharedCloud(transaction, input)
    if (!cloud.ok) return cloud

    const now = isoNow(clock)
    const tenant: Tenant = {
      ...input,
      uid: random.uuid(),
      directoryId,
      cloud: cloud.value,
      applications: [...new Set(input.applications)].sort(),
      epoch: await transaction.nextEpoch(),
      revision: transaction.revision,
      createdAt: now,
      updatedAt: now,
    }
    await transaction.insertTenant(tenant)
    const after = { ...input, directory_id: directoryId, cloud: cloud.value }
    await transaction.recordChange(actor, { action: 'tenant.created', target: `tenants/${tenant.id}`, after })
    return ok(tenant)
  })
}

/** A directory lives in one cloud, and so does an app registration: those of a tenant must agree. */
async function sharedCloud(
  transaction: RegistryTransaction,
  { applications, cloud }: NewTenant,
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
