import type { PipelinePolicy } from '@azure/core-rest-pipeline'

/**
 * Lists go on at whatever address the last page named, and the SDK sends the bearer token there. Nothing leaves
 * for another host than the vault's own.
 */
export function ownHostPolicy(vaultUrl: string): PipelinePolicy {
  const { host } = new URL(vaultUrl)
  return {
    name: 'own-host',
    async sendRequest(request, next) {
      const { protocol, host: asked } = new URL(request.url)
      if (protocol !== 'https:' || asked !== host)
        throw new Error('Key Vault named a host that is not its own')
      return next(request)
    },
  }
}
