import type { PipelinePolicy } from '@azure/core-rest-pipeline'

/**
 * Key Vault may answer 429 without saying how long to wait, and the SDK then gives up at once. Half a second is
 * what its own back-off would begin with.
 */
export const throttlePolicy: PipelinePolicy = {
  name: 'retry-bare-429',
  async sendRequest(request, next) {
    const response = await next(request)
    const { headers } = response
    if (response.status === 429 && !headers.has('retry-after') && !headers.has('retry-after-ms')) {
      headers.set('retry-after-ms', '500')
    }
    return response
  },
}
