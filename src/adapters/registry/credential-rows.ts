import type { Insertable, Selectable } from 'kysely'
import {
  type Credential,
  certificateSources,
  credentialStates,
  type PublicCertificate,
} from '../../domain/credential.ts'
import { oneOf, optional, present } from './columns.ts'
import type { Database } from './database.ts'

type Row = Selectable<Database['credential']>

export function toCredential(row: Row): Credential {
  const kept = {
    uid: row.uid,
    id: row.id,
    state: oneOf(credentialStates, row.state),
    expiresAt: row.expires_at,
    vaultName: row.vault_name,
    vaultVersion: row.vault_version,
    ...optional('activatedAt', row.activated_at),
    compromised: row.compromised === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
  const type = oneOf(['certificate', 'key', 'client_secret'], row.type)
  switch (type) {
    case 'certificate':
      return { ...kept, ...toCertificate(row), type, source: oneOf(certificateSources, row.source) }
    case 'key':
      return { ...kept, ...toCertificate(row), type, source: oneOf(['key_vault'], row.source) }
    case 'client_secret':
      return { ...kept, type, source: oneOf(['value'], row.source) }
  }
}

function toCertificate(row: Row): PublicCertificate {
  return {
    certificatePem: present(row.certificate_pem),
    thumbprintSha1: present(row.thumbprint_sha1),
    thumbprintSha256: present(row.thumbprint_sha256),
    notBefore: present(row.not_before),
    expiresAt: row.expires_at,
  }
}

export function fromCredential(applicationUid: string, c: Credential): Insertable<Database['credential']> {
  const certificate = c.type === 'client_secret' ? undefined : c
  return {
    uid: c.uid,
    id: c.id,
    application_uid: applicationUid,
    type: c.type,
    source: c.source,
    state: c.state,
    thumbprint_sha1: certificate?.thumbprintSha1 ?? null,
    thumbprint_sha256: certificate?.thumbprintSha256 ?? null,
    certificate_pem: certificate?.certificatePem ?? null,
    not_before: certificate?.notBefore ?? null,
    expires_at: c.expiresAt,
    vault_name: c.vaultName,
    vault_version: c.vaultVersion,
    activated_at: c.activatedAt ?? null,
    compromised: c.compromised ? 1 : 0,
    created_at: c.createdAt,
    updated_at: c.updatedAt,
  }
}
