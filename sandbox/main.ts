import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Agent } from 'undici'
import { createApiClient, expectSuccess, text } from './api-client.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

const usage = `npm run sandbox -- [options]
  --exit               end after the first token
  --port N             the broker's port; 0 for any (default 8080)
  --key-vault URL      another Key Vault-compatible server on this machine
  --key-vault-ca FILE  the authority that its certificate is from, as PEM`

const mailbox = 'adele@contoso.example'

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      exit: { type: 'boolean', default: false },
      port: { type: 'string', default: '8080' },
      'key-vault': { type: 'string' },
      'key-vault-ca': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  if (!/^\d{1,5}$/.test(values.port)) throw new Error(usage)
  const url = values['key-vault']
  const caFile = values['key-vault-ca']
  const caPem = caFile === undefined ? {} : { caPem: readFileSync(caFile, 'utf8') }

  const sandbox = await startSandbox({
    folder: '.sandbox',
    port: Number(values.port),
    ...(url === undefined ? {} : { foreignVault: { url, ...caPem } }),
  })
  await showToken(sandbox)
  if (values.exit) return sandbox.close()
  showAddresses(sandbox)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => sandbox.close())
}

async function showToken({ broker, cloud, demo }: Sandbox): Promise<void> {
  const api = createApiClient({ origin: broker.origin, key: demo.callerKey })
  const scopes = ['Mail.ReadOnly', 'Calendar.ReadWrite']
  const issued = await expectSuccess(api('POST', '/tokens', { tenant: 'contoso', scopes }))
  const token = text(issued, 'access_token')
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  console.log(`POST /tokens for contoso, scopes ${scopes.join(', ')} (Aurinko's names)`)
  console.log(`  scope       ${text(issued, 'scope')}`)
  console.log(`  expires_in  ${String(issued['expires_in'])} seconds`)
  console.log(`  roles       ${claims.roles.join(', ')}`)

  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  const graph = createApiClient({ origin: cloud.graph.origin, key: token, dispatcher })
  const path = `/v1.0/users/${mailbox}/messages`
  const { status, body } = await graph('GET', path)
  await dispatcher.close()
  const messages = Array.isArray(body['value']) ? body['value'].length : 0
  console.log(`\nGET ${path} of the local Graph with that token\n  ${status}, ${messages} messages\n`)
  if (status !== 200) throw new Error('The local Graph did not take the token.')
}

function showAddresses({ broker, demo, file }: Sandbox): void {
  console.log(`Try it:
  curl -s ${broker.origin}/tokens \\
    -H 'Authorization: Bearer ${demo.callerKey}' -H 'Content-Type: application/json' \\
    -d '{"tenant":"contoso","scopes":["Mail.Read"]}'

Swagger UI   ${broker.origin}/docs  (Authorize with the key above, or with operator_key)
Addresses    .sandbox/sandbox.json  (Entra ${file.entra}, Key Vault ${file.key_vault}, Graph ${file.graph})
Stop         Ctrl+C`)
}
