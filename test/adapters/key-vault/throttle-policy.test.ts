import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import t from 'tap'
import { throttlePolicy } from '../../../src/adapters/key-vault/throttle-policy.ts'

async function waitAfter(status: number, headers: Record<string, string> = {}) {
  const request = createPipelineRequest({ url: 'https://example.vault.azure.net/secrets/a' })
  const answer = { request, status, headers: createHttpHeaders(headers) }
  const response = await throttlePolicy.sendRequest(request, async () => answer)
  return [response.headers.get('retry-after-ms'), response.headers.get('retry-after')]
}

t.test('a 429 that says nothing gets a short wait, so that the SDK tries again', async (t) => {
  t.strictSame(await waitAfter(429), ['500', undefined])
})

t.test('what the vault says itself is left as it is', async (t) => {
  t.strictSame(await waitAfter(429, { 'Retry-After': '7' }), [undefined, '7'])
  t.strictSame(await waitAfter(429, { 'retry-after-ms': '70' }), ['70', undefined])
  for (const status of [200, 401, 404, 500, 503])
    t.strictSame(await waitAfter(status), [undefined, undefined])
})
