import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { RegistryStore } from '../../../src/broker/ports.ts'
import type { Application } from '../../../src/domain/application.ts'
import type { Caller } from '../../../src/domain/caller.ts'
import type { Credential } from '../../../src/domain/credential.ts'
import type { Tenant } from '../../../src/domain/tenant.ts'

/** Opens the database under test anew, for as long as the test lasts. The tests of a contract share its content. */
export type OpenStore = (t: Test) => Promise<RegistryStore>

export const actor = { caller: 'operator', requestId: 'r-1' }

const at = '2026-11-20T12:00:00.000Z'

export function anApplication(id: string, revision: number, more: Partial<Application> = {}): Application {
  return {
    uid: randomUUID(),
    id,
    clientId: randomUUID(),
    cloud: 'global',
    displayName: id,
    permissions: [
      { resource: 'graph', value: 'Mail.Read' },
      { resource: 'outlook', value: 'full_access_as_app' },
    ],
    signingAlg: 'PS256',
    credentials: [],
    epoch: 1,
    revision,
    createdAt: at,
    updatedAt: at,
    ...more,
  }
}

export function aTenant(id: string, revision: number, more: Partial<Tenant> = {}): Tenant {
  return {
    uid: randomUUID(),
    id,
    directoryId: randomUUID(),
    cloud: 'global',
    labels: { plan: 'gold' },
    applications: [],
    roleCheck: 'strict',
    enabled: true,
    epoch: 1,
    revision,
    createdAt: at,
    updatedAt: at,
    ...more,
  }
}

export function aCaller(id: string, revision: number, more: Partial<Caller> = {}): Caller {
  return {
    uid: randomUUID(),
    id,
    role: 'caller',
    enabled: true,
    grants: [
      {
        tenants: { kind: 'all' },
        permissions: [{ resource: 'graph', value: 'Mail.Read' }],
        excess: 'refuse',
      },
      { tenants: { kind: 'ids', ids: ['contoso'] }, permissions: [], excess: 'allow' },
      { tenants: { kind: 'labels', labels: { plan: 'gold' } }, permissions: [], excess: 'refuse' },
    ],
    keys: [{ id: randomUUID(), sha256: 'ab', createdAt: at, expiresAt: at }],
    identities: [
      { issuer: 'https://issuer.example', subject: `Z ${id}` },
      { issuer: 'https://issuer.example', subject: `a ${id}` },
    ],
    revision,
    createdAt: at,
    updatedAt: at,
    ...more,
  }
}

export function aCredential(): Credential {
  return { ...keptAnew(), ...certificate, type: 'certificate', source: 'generated', activatedAt: at }
}

/** One of each type, and of those that were retired because somebody else may have them. */
export function everyCredential(): readonly Credential[] {
  const compromised = { state: 'retired', compromised: true } as const
  return [
    aCredential(),
    { ...keptAnew(), ...certificate, type: 'certificate', source: 'pkcs12' },
    { ...keptAnew(), ...certificate, type: 'certificate', source: 'key_vault' },
    { ...keptAnew(), ...certificate, type: 'key', source: 'key_vault', activatedAt: at },
    { ...keptAnew(), type: 'client_secret', source: 'value', activatedAt: at },
    { ...keptAnew(), ...compromised, ...certificate, type: 'certificate', source: 'pem' },
    { ...keptAnew(), ...compromised, ...certificate, type: 'key', source: 'key_vault' },
    { ...keptAnew(), ...compromised, type: 'client_secret', source: 'value' },
  ]
}

const certificate = {
  thumbprintSha1: 'AB',
  thumbprintSha256: 'q80',
  certificatePem: 'public',
  notBefore: at,
}

function keptAnew() {
  const id = randomUUID()
  return {
    uid: id,
    id: id.slice(0, 8),
    state: 'active',
    expiresAt: at,
    vaultName: `gtb-${id}`,
    vaultVersion: 'v',
    compromised: false,
    createdAt: at,
    updatedAt: at,
  } as const
}
