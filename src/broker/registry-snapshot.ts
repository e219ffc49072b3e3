import type { Application } from '../domain/application.ts'
import { type Caller, type CallerIdentity, type CallerKey, canSignIn, identityKey } from '../domain/caller.ts'
import type { CloudName } from '../domain/cloud.ts'
import { isGuid } from '../domain/identifier.ts'
import type { Resource } from '../domain/permission.ts'
import type { Observation, Tenant } from '../domain/tenant.ts'
import type { RegistryChanges } from './ports.ts'

/** The registry in memory, as of one revision. Every look-up is O(1): the hot path reads nothing else. */
export interface RegistrySnapshot {
  readonly revision: number
  application(id: string): Application | undefined
  applicationByClientId(cloud: CloudName, clientId: string): Application | undefined
  applicationByUid(uid: string): Application | undefined
  applications(): readonly Application[]
  /** By slug or by the directory's GUID. */
  tenant(reference: string): Tenant | undefined
  tenantByUid(uid: string): Tenant | undefined
  tenants(): readonly Tenant[]
  caller(id: string): Caller | undefined
  callers(): readonly Caller[]
  callerByKey(keyId: string): { readonly caller: Caller; readonly key: CallerKey } | undefined
  callerByIdentity(identity: CallerIdentity): Caller | undefined
  observation(tenant: Tenant, application: Application, resource: Resource): Observation | undefined
  /** Whether any operator has a key that is valid at this time (ISO 8601), or an identity of a trusted issuer. */
  operatorCanSignIn(now: string, trustedIssuers: ReadonlySet<string>): boolean
}

export interface MutableRegistrySnapshot extends RegistrySnapshot {
  /** Takes in a batch without a pause, so that no reader ever sees half of one. */
  apply(changes: RegistryChanges): void
}

/** An index of one kind of record: by its uid, which never changes, and by its slug. */
class Records<T extends { readonly uid: string; readonly id: string }> {
  readonly byId = new Map<string, T>()
  readonly #byUid = new Map<string, T>()
  #sorted: readonly T[] | undefined

  get(uid: string): T | undefined {
    return this.#byUid.get(uid)
  }

  put(record: T): void {
    this.delete(record.uid)
    this.#byUid.set(record.uid, record)
    this.byId.set(record.id, record)
    this.#sorted = undefined
  }

  delete(uid: string): T | undefined {
    const record = this.#byUid.get(uid)
    if (record === undefined) return undefined
    this.#byUid.delete(uid)
    this.#sorted = undefined
    // A slug may have been given to a new record in the same batch.
    if (this.byId.get(record.id)?.uid === uid) this.byId.delete(record.id)
    return record
  }

  /** Sorted once between two changes: lists are read by the page, thousands of records long. */
  sorted(): readonly T[] {
    this.#sorted ??= [...this.byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    return this.#sorted
  }
}

const clientKey = (cloud: CloudName, clientId: string) => `${cloud} ${clientId}`

export function createRegistrySnapshot(): MutableRegistrySnapshot {
  const applications = new Records<Application>()
  const tenants = new Records<Tenant>()
  const callers = new Records<Caller>()
  const byClientId = new Map<string, Application>()
  const byDirectory = new Map<string, Tenant>()
  const byKey = new Map<string, { caller: Caller; key: CallerKey }>()
  const byIdentity = new Map<string, Caller>()
  /** A tenant has one or two, and there are many tenants. */
  const observations = new Map<string, readonly Observation[]>()
  let revision = 0

  /** No slug looks like a GUID, so a tenant is looked for by its slug first, as nearly everybody names it. */
  function tenantOfDirectory(reference: string): Tenant | undefined {
    return isGuid(reference) ? byDirectory.get(reference.toLowerCase()) : undefined
  }

  function forgetCaller(uid: string): void {
    const caller = callers.delete(uid)
    for (const key of caller?.keys ?? []) byKey.delete(key.id)
    for (const identity of caller?.identities ?? []) {
      const key = identityKey(identity)
      // It may have been given to another caller in the same batch.
      if (byIdentity.get(key)?.uid === uid) byIdentity.delete(key)
    }
  }

  function forgetTenant(uid: string): void {
    const tenant = tenants.delete(uid)
    if (tenant !== undefined) byDirectory.delete(tenant.directoryId)
    observations.delete(uid)
  }

  function forgetApplication(uid: string): void {
    const application = applications.delete(uid)
    if (application !== undefined) byClientId.delete(clientKey(application.cloud, application.clientId))
  }

  const forget = { application: forgetApplication, tenant: forgetTenant, caller: forgetCaller }

  return {
    get revision() {
      return revision
    },
    application: (id) => applications.byId.get(id),
    applicationByClientId: (cloud, clientId) => byClientId.get(clientKey(cloud, clientId)),
    applicationByUid: (uid) => applications.get(uid),
    applications: () => applications.sorted(),
    tenant: (reference) => tenants.byId.get(reference) ?? tenantOfDirectory(reference),
    tenantByUid: (uid) => tenants.get(uid),
    tenants: () => tenants.sorted(),
    caller: (id) => callers.byId.get(id),
    callers: () => callers.sorted(),
    callerByKey: (keyId) => byKey.get(keyId),
    callerByIdentity: (identity) => byIdentity.get(identityKey(identity)),
    observation: (tenant, application, resource) =>
      observations
        .get(tenant.uid)
        ?.find((seen) => seen.applicationUid === application.uid && seen.resource === resource),
    operatorCanSignIn: (now, issuers) =>
      callers.sorted().some((caller) => caller.role === 'operator' && canSignIn(caller, now, issuers)),
    apply(changes) {
      for (const { kind, uid } of changes.tombstones) forget[kind](uid)
      for (const application of changes.applications) {
        applications.put(application)
        byClientId.set(clientKey(application.cloud, application.clientId), application)
      }
      for (const tenant of changes.tenants) {
        tenants.put(tenant)
        byDirectory.set(tenant.directoryId, tenant)
      }
      for (const caller of changes.callers) {
        forgetCaller(caller.uid)
        callers.put(caller)
        for (const key of caller.keys) byKey.set(key.id, { caller, key })
        for (const identity of caller.identities) byIdentity.set(identityKey(identity), caller)
      }
      for (const observation of changes.observations) {
        const { tenantUid, applicationUid, resource } = observation
        const others = (observations.get(tenantUid) ?? []).filter(
          (seen) => seen.applicationUid !== applicationUid || seen.resource !== resource,
        )
        // With the uids that are in memory already; `concat`, whose arrays have no room to grow.
        const uids = {
          tenantUid: tenants.get(tenantUid)?.uid ?? tenantUid,
          applicationUid: applications.get(applicationUid)?.uid ?? applicationUid,
        }
        observations.set(uids.tenantUid, others.concat({ ...observation, ...uids }))
      }
      revision = changes.revision
    },
  }
}
