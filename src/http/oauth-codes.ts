import type { Failure } from '../domain/failure.ts'

export type OauthCode =
  | 'invalid_client'
  | 'invalid_request'
  | 'invalid_scope'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'unauthorized_client'
  | 'unsupported_grant_type'

/**
 * Every failure in the words of RFC 6749 §5.2, and of Entra where those have none. A new failure does not compile
 * until it stands here. Never `invalid_grant` or `consent_required`: Microsoft's clients would ask a person to sign
 * in. Never `invalid_client` for the broker's own credentials: the service's are in order.
 */
export const oauthCodes: { readonly [Code in Failure['code']]: OauthCode } = {
  invalid_request: 'invalid_request',
  unsupported_grant_type: 'unsupported_grant_type',
  unauthenticated: 'invalid_client',
  role_required: 'unauthorized_client',
  tenant_not_granted: 'invalid_request',

  unknown_scope: 'invalid_scope',
  no_permission_requested: 'invalid_scope',
  mixed_resources: 'invalid_scope',
  unknown_resource: 'invalid_scope',
  permission_not_granted: 'invalid_scope',
  permission_not_declared: 'invalid_scope',

  excess_permissions: 'unauthorized_client',
  tenant_disabled: 'unauthorized_client',
  consent_missing: 'unauthorized_client',
  roles_unverifiable: 'unauthorized_client',
  application_not_in_directory: 'unauthorized_client',
  application_disabled: 'unauthorized_client',
  directory_not_found: 'unauthorized_client',
  wrong_cloud: 'unauthorized_client',
  resource_not_found: 'unauthorized_client',
  policy_blocked: 'unauthorized_client',

  credential_missing: 'server_error',
  credential_rejected: 'server_error',
  credential_unreadable: 'server_error',
  credential_expired: 'server_error',
  credential_not_yet_valid: 'server_error',
  assertion_expired: 'server_error',
  entra_nonsense: 'server_error',

  entra_throttled: 'temporarily_unavailable',
  entra_unavailable: 'temporarily_unavailable',
  key_vault_unavailable: 'temporarily_unavailable',
  key_vault_denied: 'temporarily_unavailable',
  registry_unavailable: 'temporarily_unavailable',
  issuer_unavailable: 'temporarily_unavailable',
  audit_unavailable: 'temporarily_unavailable',
  overloaded: 'temporarily_unavailable',
  entra_busy: 'temporarily_unavailable',
  rate_limited: 'temporarily_unavailable',
  too_many_failures: 'temporarily_unavailable',
  not_ready: 'temporarily_unavailable',

  // Of changes to the registry, which no OAuth client makes.
  not_found: 'invalid_request',
  already_exists: 'invalid_request',
  immutable_member: 'invalid_request',
  in_use: 'invalid_request',
  last_operator: 'invalid_request',
  conflict: 'invalid_request',
  precondition_required: 'invalid_request',
  precondition_failed: 'invalid_request',
  certificate_refused: 'invalid_request',
  verification_inconclusive: 'invalid_request',
  domain_not_found: 'invalid_request',
}
