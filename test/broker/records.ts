import type { RegistryChanges } from '../../src/broker/ports.ts'
import { createRegistrySnapshot, type MutableRegistrySnapshot } from '../../src/broker/registry-snapshot.ts'
import type { Application } from '../../src/domain/application.ts'
import type { Caller, Grant } from '../../src/domain/caller.ts'
import type { CertificateCredential } from '../../src/domain/credential.ts'
import { type Permission, parsePermission } from '../../src/domain/permission.ts'
import type { Observation, Tenant } from '../../src/domain/tenant.ts'
import { publicPartNamed } from './bundles.ts'
import { guid } from './fixture.ts'

const at = '2026-11-20T12:00:00.000Z'
const stamp = { revision: 1, createdAt: at, updatedAt: at }

export function permissionsNamed(names: readonly string[]): Permission[] {
  return names.map((name) => parsePermission(name)).filter((permission) => permission !== undefined)
}

export function applicationRecord(
  id: string,
  permissions: readonly string[] = ['Mail.Read'],
  changed: Partial<Application> = {},
): Application {
  return {
    uid: `uid-${id}`,
    id,
    clientId: guid(`application ${id}`),
    cloud: 'global',
    displayName: id,
    permissions: permissionsNamed(permissions),
    signingAlg: 'PS256',
    credentials: [],
    epoch: 1,
    ...stamp,
    ...changed,
  }
}

export function credentialRecord(
  id: string,
  changed: Partial<CertificateCredential> = {},
): CertificateCredential {
  return {
    ...publicPartNamed(id),
    uid: `uid-${id}`,
    id,
    type: 'certificate',
    source: 'generated',
    state: 'active',
    vaultName: `gtb-${id}`,
    vaultVersion: 'f'.repeat(32),
    activatedAt: at,
    compromised: false,
    createdAt: at,
    updatedAt: at,
    ...changed,
  }
}

export function tenantRecord(
  id: string,
  applications: readonly string[] = [],
  changed: Partial<Tenant> = {},
): Tenant {
  return {
    uid: `uid-${id}`,
    id,
    directoryId: guid(`directory ${id}`),
    cloud: 'global',
    labels: {},
    applications,
    roleCheck: 'strict',
    enabled: true,
    epoch: 2,
    ...stamp,
    ...changed,
  }
}

export function callerRecord(id: string, changed: Partial<Caller> = {}): Caller {
  const empty = { grants: [], keys: [], identities: [] }
  return { uid: `uid-${id}`, id, role: 'caller', enabled: true, ...empty, ...stamp, ...changed }
}

export function grantOf(permissions: readonly string[], changed: Partial<Grant> = {}): Grant {
  const usual = { tenants: { kind: 'all' }, excess: 'refuse' } as const
  return { ...usual, permissions: permissionsNamed(permissions), ...changed }
}

export function seen(tenant: Tenant, application: Application, changed: Partial<Observation>): Observation {
  const identity = { tenantUid: tenant.uid, applicationUid: application.uid, resource: 'graph' } as const
  return { ...identity, revision: 1, ...changed }
}

export function snapshotOf(changes: Partial<RegistryChanges>): MutableRegistrySnapshot {
  const snapshot = createRegistrySnapshot()
  snapshot.apply(changesOf(1, changes))
  return snapshot
}

export function changesOf(revision: number, changes: Partial<RegistryChanges>): RegistryChanges {
  const nothing = { applications: [], tenants: [], callers: [], observations: [], tombstones: [] }
  return { ...nothing, revision, ...changes }
}
