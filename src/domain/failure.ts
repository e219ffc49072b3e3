import type { CallerRole } from './caller.ts'
import type { Resource } from './permission.ts'

/** One fault in what a client sent. `pointer` is a JSON Pointer (RFC 6901) into the body, or a parameter's name. */
export interface InputFault {
  readonly pointer: string
  readonly detail: string
}

export interface UnmappedScope {
  readonly scope: string
  readonly reason: 'unknown' | 'no_equivalent'
  readonly suggestions: readonly string[]
  /** Why nothing stands for it, and what to do instead. */
  readonly note?: string
}

/** How Microsoft's support finds a request again. */
export interface EntraReference {
  readonly traceId?: string
  readonly correlationId?: string
  /** Entra's own error codes, for operators alone: programs decide by the broker's code. */
  readonly aadsts?: readonly number[]
}

export type RecordKind = 'application' | 'credential' | 'tenant' | 'caller' | 'key' | 'dialect'

/** What a client got wrong, before anything was looked up. */
export type RequestFailure =
  | { readonly code: 'invalid_request'; readonly faults: readonly InputFault[] }
  | { readonly code: 'unknown_scope'; readonly unmapped: readonly UnmappedScope[] }
  | { readonly code: 'no_permission_requested' }
  | { readonly code: 'mixed_resources'; readonly resources: readonly Resource[] }
  | { readonly code: 'unsupported_grant_type' }
  /** `resource` is the client's own word; `known` are those that would do. */
  | { readonly code: 'unknown_resource'; readonly resource: string; readonly known: readonly string[] }

export type AccessFailure =
  | { readonly code: 'unauthenticated' }
  /** Who calls cannot be told, because the keys of the token's issuer cannot be had. */
  | { readonly code: 'issuer_unavailable'; readonly retryAfterSeconds: number }
  /** `perMinute`: what the caller may ask for in a minute. */
  | { readonly code: 'rate_limited'; readonly perMinute: number; readonly retryAfterSeconds: number }
  /** Too many wrong credentials from this client; one that is genuine is never answered so. */
  | { readonly code: 'too_many_failures'; readonly retryAfterSeconds: number }
  | { readonly code: 'role_required'; readonly roles: readonly CallerRole[] }
  | { readonly code: 'tenant_not_granted' }
  | { readonly code: 'permission_not_granted'; readonly permissions: readonly string[] }
  | {
      readonly code: 'excess_permissions'
      readonly tenant: string
      readonly application: string
      readonly permissions: readonly string[]
    }

export type RegistryFailure =
  | { readonly code: 'not_found'; readonly kind: RecordKind; readonly id: string }
  | {
      readonly code: 'already_exists'
      readonly kind: RecordKind
      readonly member: string
      readonly value: string
    }
  | { readonly code: 'immutable_member'; readonly faults: readonly InputFault[] }
  | {
      readonly code: 'in_use'
      readonly kind: RecordKind
      readonly id: string
      readonly usedBy: readonly string[]
    }
  | { readonly code: 'last_operator'; readonly id: string }
  | { readonly code: 'conflict'; readonly detail: string; readonly hint: string }
  | { readonly code: 'precondition_required' }
  | { readonly code: 'precondition_failed' }
  | { readonly code: 'registry_unavailable'; readonly retryAfterSeconds: number }

/** The tenant must be set up before a token of it can be had. */
export type TenantFailure =
  | { readonly code: 'tenant_disabled'; readonly tenant: string }
  | {
      readonly code: 'permission_not_declared'
      readonly tenant: string
      readonly permissions: readonly string[]
    }
  | ({
      readonly code: 'consent_missing'
      readonly tenant: string
      readonly application: string
      readonly permissions: readonly string[]
      readonly adminConsentUrl: string
    } & EntraReference)
  | { readonly code: 'roles_unverifiable'; readonly tenant: string; readonly application: string }
  | ({ readonly code: 'domain_not_found'; readonly domain: string } & EntraReference)

/** What kept Entra or Key Vault from giving a token. */
export type MintFailure =
  | ({ readonly code: 'application_not_in_directory' } & EntraReference)
  | ({ readonly code: 'directory_not_found' } & EntraReference)
  | ({ readonly code: 'wrong_cloud' } & EntraReference)
  | ({ readonly code: 'resource_not_found' } & EntraReference)
  | ({ readonly code: 'application_disabled' } & EntraReference)
  | { readonly code: 'credential_missing'; readonly application: string }
  /** The thumbprint of the certificate that Entra should know; absent where a client secret was refused. */
  | ({ readonly code: 'credential_rejected'; readonly expectedThumbprint?: string } & EntraReference)
  | ({ readonly code: 'assertion_expired' } & EntraReference)
  | { readonly code: 'credential_unreadable'; readonly vaultName: string }
  | ({ readonly code: 'policy_blocked' } & EntraReference)
  | ({ readonly code: 'entra_throttled'; readonly retryAfterSeconds: number } & EntraReference)
  | ({ readonly code: 'entra_unavailable'; readonly retryAfterSeconds: number } & EntraReference)
  | ({ readonly code: 'entra_nonsense' } & EntraReference)
  /** The broker has as many requests at Entra as it allows itself; this one was never sent. */
  | { readonly code: 'entra_busy'; readonly retryAfterSeconds: number }
  | { readonly code: 'key_vault_unavailable'; readonly retryAfterSeconds: number }
  | { readonly code: 'key_vault_denied' }

export interface CertificateRefusal {
  readonly code: 'certificate_refused'
  readonly detail: string
  readonly hint: string
}

export type CredentialFailure =
  | CertificateRefusal
  /** By the broker's clock. The thumbprint is absent for a client secret. */
  | {
      readonly code: 'credential_expired' | 'credential_not_yet_valid'
      readonly at: string
      readonly expectedThumbprint?: string
    }
  | { readonly code: 'verification_inconclusive'; readonly attempts: readonly string[] }

export type AuditFailure = { readonly code: 'audit_unavailable'; readonly retryAfterSeconds: number }

export type OperationFailure =
  | { readonly code: 'not_ready'; readonly reasons: readonly string[]; readonly retryAfterSeconds: number }
  | { readonly code: 'overloaded'; readonly retryAfterSeconds: number }

/** Every expected failure of the broker. What is not among these is a fault of the broker and answers 500. */
export type Failure =
  | RequestFailure
  | AccessFailure
  | RegistryFailure
  | TenantFailure
  | MintFailure
  | CredentialFailure
  | AuditFailure
  | OperationFailure
