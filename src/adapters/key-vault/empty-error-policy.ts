import type { PipelinePolicy } from '@azure/core-rest-pipeline'

/**
 * The SDK trips over an error without a body and loses the status, which says what is to be done. Key Vault sends one
 * always; what stands in front of it may not.
 */
export const emptyErrorPolicy: PipelinePolicy = {
  name: 'empty-error',
  async sendRequest(request, next) {
    const response = await next(request)
    if (response.status >= 400 && /^\s*(null\s*)?$/.test(response.bodyAsText ?? ''))
      response.bodyAsText = '{}'
    return response
  },
}
