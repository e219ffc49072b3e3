import type { CloudName } from './cloud.ts'
import type { Resource } from './permission.ts'

export const roleChecks = ['strict', 'warn'] as const
export type RoleCheck = (typeof roleChecks)[number]

/** A customer's Microsoft Entra directory. */
export interface Tenant {
  readonly uid: string
  readonly id: string
  readonly directoryId: string
  readonly cloud: CloudName
  readonly displayName?: string
  readonly labels: Readonly<Record<string, string>>
  /** Slugs of the applications that act in this directory. */
  readonly applications: readonly string[]
  readonly roleCheck: RoleCheck
  readonly enabled: boolean
  /** Raised when cached tokens of this tenant must never be served again. */
  readonly epoch: number
  readonly revision: number
  readonly createdAt: string
  readonly updatedAt: string
}

/**
 * What was last seen of one application in one directory. Consent status is derived from it and never set by
 * hand, because only a token shows what an administrator really granted.
 */
export interface Observation {
  readonly tenantUid: string
  readonly applicationUid: string
  readonly resource: Resource
  /** The roles of the last token; undefined where no token was seen yet or its roles could not be read. */
  readonly roles?: readonly string[]
  readonly observedAt?: string
  readonly failure?: ObservedFailure
  readonly revision: number
}

/** The last failure to get a token, absent once a token was had again. */
export interface ObservedFailure {
  readonly code: string
  /** Since when it fails so; a consent given meanwhile has it looked at, and dated, anew. */
  readonly at: string
  readonly traceId?: string
  readonly correlationId?: string
  readonly aadsts?: readonly number[]
}

export const consentStatuses = ['unknown', 'missing', 'incomplete', 'granted'] as const
export type ConsentStatus = (typeof consentStatuses)[number]
