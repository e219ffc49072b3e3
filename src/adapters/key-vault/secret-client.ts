import { SecretClient } from '@azure/keyvault-secrets'
import { clientOptions, type KeyVaultOptions, usualDeadlines, within } from './connection.ts'
import { pastRefusal } from './past-refusal.ts'
import { createRenewableClient, type UseClient } from './renewable-client.ts'

/**
 * A client behind one first call: while the SDK has not yet been challenged, parallel writes can lose their
 * bodies and send them unauthenticated. The first call carries no secret.
 */
export function createSecretClient(options: KeyVaultOptions): UseClient<SecretClient> {
  const { url, credential, deadlines = usualDeadlines } = options
  return createRenewableClient((refused) =>
    within(deadlines.operation, async (abortSignal) => {
      const identity = refused ? pastRefusal(credential) : credential
      const client = new SecretClient(url, identity, clientOptions(options))
      await client.listPropertiesOfSecrets({ abortSignal }).byPage({ maxPageSize: 1 }).next()
      return client
    }),
  )
}
