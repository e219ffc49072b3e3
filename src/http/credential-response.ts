import type { Credential } from '../domain/application.ts'
import type { CredentialResponse } from '../schemas/applications.ts'

/** A credential as every reply shows it: all of it is public. */
export function credentialReply(credential: Credential): CredentialResponse {
  return {
    id: credential.id,
    type: credential.type,
    source: credential.source,
    state: credential.state,
    thumbprint_sha1: credential.thumbprintSha1,
    thumbprint_sha256: credential.thumbprintSha256,
    not_before: credential.notBefore,
    expires_at: credential.expiresAt,
    certificate: credential.certificatePem,
    key_vault: { name: credential.vaultName, version: credential.vaultVersion },
    created_at: credential.createdAt,
    updated_at: credential.updatedAt,
  }
}
