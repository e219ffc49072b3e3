import { type PipelinePolicy, RestError } from '@azure/core-rest-pipeline'

/**
 * Bounds each request by itself: the SDK does not retry what was aborted, and from the second page of a list on it
 * no longer looks at the caller's signal. What takes longer fails as ETIMEDOUT, which is retried.
 */
export function attemptDeadlinePolicy(milliseconds: number): PipelinePolicy {
  return {
    name: 'attempt-deadline',
    async sendRequest(request, next) {
      const { abortSignal: outer } = request
      const attempt = new AbortController()
      const abort = () => attempt.abort()
      const timer = setTimeout(abort, milliseconds)
      outer?.addEventListener('abort', abort)
      if (outer?.aborted) abort()
      request.abortSignal = attempt.signal
      try {
        return await next(request)
      } catch (error) {
        if (!attempt.signal.aborted || outer?.aborted) throw error
        throw new RestError('Key Vault did not answer in time', { code: 'ETIMEDOUT' })
      } finally {
        clearTimeout(timer)
        outer?.removeEventListener('abort', abort)
        // The property is optional and never undefined, so it goes where there was none.
        if (outer === undefined) delete request.abortSignal
        else request.abortSignal = outer
      }
    },
  }
}
