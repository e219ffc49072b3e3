/**
 * The registry's tables. Portable over SQLite and PostgreSQL: times are ISO 8601 in UTC, which sort as text;
 * flags are 0 and 1; lists that are only ever read whole are JSON. `revision` is that of the last change of the
 * row or of anything that belongs to it.
 */
export interface Database {
  registry_meta: { id: number; revision: number; next_epoch: number }
  application: {
    uid: string
    id: string
    client_id: string
    cloud: string
    display_name: string
    support_url: string | null
    return_url: string | null
    signing_alg: string
    epoch: number
    revision: number
    created_at: string
    updated_at: string
  }
  application_permission: { application_uid: string; resource: string; value: string }
  credential: {
    uid: string
    id: string
    application_uid: string
    type: string
    source: string
    state: string
    thumbprint_sha1: string | null
    thumbprint_sha256: string | null
    certificate_pem: string | null
    not_before: string | null
    expires_at: string
    vault_name: string
    vault_version: string
    activated_at: string | null
    /** 0 or 1. */
    compromised: number
    created_at: string
    updated_at: string
  }
  tenant: {
    uid: string
    id: string
    directory_id: string
    cloud: string
    display_name: string | null
    labels: string
    role_check: string
    enabled: number
    epoch: number
    revision: number
    created_at: string
    updated_at: string
  }
  tenant_application: { tenant_uid: string; application_uid: string }
  caller: {
    uid: string
    id: string
    role: string
    dialect: string | null
    rate_limit: number | null
    enabled: number
    revision: number
    created_at: string
    updated_at: string
  }
  caller_key: {
    id: string
    caller_uid: string
    sha256: string
    expires_at: string | null
    created_at: string
  }
  caller_identity: { issuer: string; subject: string; caller_uid: string }
  grant_rule: {
    caller_uid: string
    position: number
    tenants: string
    excess: string
  }
  grant_permission: { caller_uid: string; position: number; resource: string; value: string }
  grant_tenant: { caller_uid: string; position: number; tenant_id: string }
  observation: {
    tenant_uid: string
    application_uid: string
    resource: string
    roles: string | null
    observed_at: string | null
    failure: string | null
    revision: number
  }
  consent_state: {
    state_hash: string
    tenant_uid: string
    application_uid: string
    tenant_epoch: number
    browser_hash: string
    expires_at: string
    used_at: string | null
  }
  audit_change: {
    revision: number
    position: number
    at: string
    actor: string
    action: string
    target: string
    before: string | null
    after: string | null
    request_id: string
  }
  tombstone: { kind: string; uid: string; id: string; revision: number }
}
