import { formatPermission, type Permission } from './permission.ts'
import type { Tenant } from './tenant.ts'

export const callerRoles = ['caller', 'operator', 'auditor'] as const
export type CallerRole = (typeof callerRoles)[number]

/** An internal service or a person that may call the broker. */
export interface Caller {
  readonly uid: string
  readonly id: string
  readonly role: CallerRole
  readonly dialect?: string
  /** Token requests a minute, at each replica. Absent: as many as it likes. */
  readonly rateLimit?: number
  readonly enabled: boolean
  readonly grants: readonly Grant[]
  readonly keys: readonly CallerKey[]
  readonly revision: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** The key itself is shown once and never kept; its SHA-256 is enough, because it holds 256 random bits. */
export interface CallerKey {
  readonly id: string
  readonly sha256: string
  readonly expiresAt?: string
  readonly createdAt: string
}

export type TenantSelector =
  | { readonly kind: 'all' }
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'labels'; readonly labels: Readonly<Record<string, string>> }

/** Which permissions a caller may have in which tenants. */
export interface Grant {
  readonly tenants: TenantSelector
  readonly permissions: readonly Permission[]
  /** What to do with a token that carries more than the grants name: Entra cannot narrow one. */
  readonly excess: 'refuse' | 'allow'
}

/** Two, so that a key can be replaced without a gap. */
export const maximumKeys = 2

export function selects(selector: TenantSelector, tenant: Tenant): boolean {
  switch (selector.kind) {
    case 'all':
      return true
    case 'ids':
      return selector.ids.includes(tenant.id)
    case 'labels': {
      const wanted = Object.entries(selector.labels)
      return wanted.length > 0 && wanted.every(([name, value]) => tenant.labels[name] === value)
    }
  }
}

/** What a caller may have in one tenant: the union of the grants that select it. */
export interface Entitlement {
  readonly permissions: ReadonlySet<string>
  readonly excess: 'refuse' | 'allow'
}

/** Undefined where no grant selects the tenant. `excess` is allowed only where a grant that selects it says so. */
export function entitlement(caller: Caller, tenant: Tenant): Entitlement | undefined {
  const grants = caller.grants.filter((grant) => selects(grant.tenants, tenant))
  if (grants.length === 0) return undefined
  return {
    permissions: new Set(grants.flatMap((grant) => grant.permissions.map(formatPermission))),
    excess: grants.some((grant) => grant.excess === 'allow') ? 'allow' : 'refuse',
  }
}

export function hasUsableKey(caller: Caller, now: string): boolean {
  return caller.enabled && caller.keys.some((key) => key.expiresAt === undefined || key.expiresAt > now)
}
