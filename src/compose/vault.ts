import { createCredentialVault } from '../adapters/key-vault/credential-vault.ts'
import { createKeyCustody } from '../adapters/key-vault/key-custody.ts'
import { createCertificates } from '../adapters/x509/certificates.ts'
import type { Config } from '../config.ts'
import type { Platform } from './platform.ts'
import type { Traced } from './tracing.ts'

/** Everything that reaches Key Vault, over one connection. */
export function openVault(
  config: Config,
  { clock, random, vaultCredential, vaultTls, logger }: Platform,
  traced: Traced,
) {
  const connection = {
    url: config.keyVaultUrl,
    credential: vaultCredential,
    ...(vaultTls === undefined ? {} : { tls: vaultTls }),
    onError: (description: object) => logger.warn(description, 'a call to Key Vault failed'),
  }
  const certificates = createCertificates(clock, random)
  const vault = traced.vault(createCredentialVault(connection))
  const onError = (err: unknown) => logger.error({ err }, 'a credential could not be read again')
  const custody = traced.custody(createKeyCustody({ connection, vault, certificates, onError }))
  return { certificates, vault, custody }
}
