import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import t from 'tap'
import { ownHostPolicy } from '../../../src/adapters/key-vault/own-host-policy.ts'

const policy = ownHostPolicy('https://contoso.vault.azure.net')

/** Whether a request to this address would be sent. */
async function goes(url: string): Promise<boolean> {
  const request = createPipelineRequest({ url })
  let sent = false
  const next = async () => {
    sent = true
    return { request, status: 200, headers: createHttpHeaders() }
  }
  await policy.sendRequest(request, next).catch(() => undefined)
  return sent
}

t.test('requests go to the vault alone', async (t) => {
  const own = [
    'https://contoso.vault.azure.net/secrets',
    'https://contoso.vault.azure.net:443/secrets?api-version=7.4&$skiptoken=x',
    'https://CONTOSO.vault.azure.net/secrets',
  ]
  for (const url of own) t.ok(await goes(url), url)
  const foreign = [
    'http://contoso.vault.azure.net/secrets',
    'https://contoso.vault.azure.net:8443/secrets',
    'https://fabrikam.vault.azure.net/secrets',
    'https://contoso.vault.azure.net.example/secrets',
    'https://contoso.vault.azure.net@example.net/secrets',
    'https://example.net/?x=contoso.vault.azure.net',
  ]
  for (const url of foreign) t.notOk(await goes(url), url)
})
