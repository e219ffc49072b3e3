import { createCredentialVault } from '../adapters/key-vault/credential-vault.ts'
import { createKeyCustody } from '../adapters/key-vault/key-custody.ts'
import { createCertificates } from '../adapters/x509/certificates.ts'
import type { Config } from '../config.ts'
import type { Platform } from './platform.ts'

/** Everything that reaches Key Vault, over one connection. */
export function openVault(config: Config, { clock, random, vaultCredential, vaultTls, logger }: Platform) {
  const connection = {
    url: config.keyVaultUrl,
    credential: vaultCredential,
    ...(vaultTls === undefined ? {} : { tls: vaultTls }),
    onError: (description: object) => logger.warn(description, 'a call to Key Vault failed'),
  }
  const certificates = createCertificates(clock, random)
  const vault = createCredentialVault(connection)
  const onError = (err: unknown) => logger.error({ err }, 'a credential could not be read again')
  return { certificates, vault, custody: createKeyCustody({ connection, vault, certificates, onError }) }
}
