import { formatPermission, type Permission } from './permission.ts'
import { RecentTexts } from './recent-texts.ts'
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
  /** In the order of `sortIdentities`. */
  readonly identities: readonly CallerIdentity[]
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

/** Who an issuer of JWTs says that somebody is: `iss` and `sub`, exactly. */
export interface CallerIdentity {
  readonly issuer: string
  readonly subject: string
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

/** By the numbers of the grants; one for all tenants that the same grants select. */
const entitlements = new WeakMap<Caller, RecentTexts<Entitlement>>()

/** Undefined where no grant selects the tenant. `excess` is allowed only where a grant that selects it says so. */
export function entitlement(caller: Caller, tenant: Tenant): Entitlement | undefined {
  const selected = caller.grants.flatMap((grant, number) => (selects(grant.tenants, tenant) ? [number] : []))
  if (selected.length === 0) return undefined
  const numbers = selected.join()
  const ofCaller = entitlements.get(caller) ?? new RecentTexts<Entitlement>(100)
  const known = ofCaller.get(numbers)
  if (known !== undefined) return known
  const united = unite(caller.grants.filter((_, number) => selected.includes(number)))
  ofCaller.set(numbers, united)
  entitlements.set(caller, ofCaller)
  return united
}

function unite(grants: readonly Grant[]): Entitlement {
  return {
    permissions: new Set(grants.flatMap((grant) => grant.permissions.map(formatPermission))),
    excess: grants.some((grant) => grant.excess === 'allow') ? 'allow' : 'refuse',
  }
}

/** By a key that is valid now (ISO 8601), or by a token of an issuer that the broker trusts. */
export function canSignIn(caller: Caller, now: string, trustedIssuers: ReadonlySet<string>): boolean {
  if (!caller.enabled) return false
  const hasKey = caller.keys.some((key) => key.expiresAt === undefined || key.expiresAt > now)
  return hasKey || caller.identities.some(({ issuer }) => trustedIssuers.has(issuer))
}

/** One text for each identity and no two with the same: the issuer's length says where the subject begins. */
export function identityKey({ issuer, subject }: CallerIdentity): string {
  return `${issuer.length} ${issuer} ${subject}`
}

/** Without duplicates and in one order, so that equal sets are equal records. */
export function sortIdentities(identities: readonly CallerIdentity[]): CallerIdentity[] {
  const byKey = new Map(identities.map((identity) => [identityKey(identity), identity]))
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, identity]) => identity)
}
