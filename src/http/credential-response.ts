import type { Credential } from '../domain/credential.ts'
import type { CredentialResponse } from '../schemas/credentials.ts'

/** A credential as every reply shows it: all of it is public. */
export function credentialReply(credential: Credential): CredentialResponse {
  const { activatedAt } = credential
  return {
    id: credential.id,
    type: credential.type,
    source: credential.source,
    state: credential.state,
    ...(credential.compromised && { compromised: true }),
    ...publicPart(credential),
    expires_at: credential.expiresAt,
    key_vault: { name: credential.vaultName, version: credential.vaultVersion },
    ...(activatedAt !== undefined && { activated_at: activatedAt }),
    created_at: credential.createdAt,
    updated_at: credential.updatedAt,
  }
}

function publicPart(credential: Credential) {
  if (credential.type === 'client_secret') return {}
  return {
    thumbprint_sha1: credential.thumbprintSha1,
    thumbprint_sha256: credential.thumbprintSha256,
    not_before: credential.notBefore,
    certificate: credential.certificatePem,
  }
}
