import { createCredentialVault } from '../../../src/adapters/key-vault/credential-vault.ts'
import { createKeyCustody } from '../../../src/adapters/key-vault/key-custody.ts'
import type { NewVaultSecret } from '../../../src/broker/credential-ports.ts'
import type { Credential } from '../../../src/domain/credential.ts'
import { fail } from '../../../src/domain/result.ts'
import { loopback } from './stage.ts'

/** What the parent writes to the child's input. */
export interface Talk {
  readonly url: string
  readonly ca: string
  readonly token: string
  readonly secrets: readonly NewVaultSecret[]
  readonly credentials: readonly Credential[]
}

const chunks: string[] = []
for await (const chunk of process.stdin.setEncoding('utf8')) chunks.push(chunk)
const { url, ca, token, secrets, credentials }: Talk = JSON.parse(chunks.join(''))

const connection = {
  url,
  credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  tls: { ca, lookup: loopback },
  onError: (description: object) => process.stdout.write(`${JSON.stringify(description)}\n`),
}
const vault = createCredentialVault(connection)
const certificates = {
  read: async () => fail({ code: 'certificate_refused', detail: 'unread', hint: 'unread' } as const),
}
const custody = createKeyCustody({
  connection,
  vault,
  certificates,
  onError: (error) => process.stdout.write(`${String(error)}\n`),
})

const results = await Promise.all([
  ...secrets.map((secret) => vault.store(secret)),
  ...secrets.map(({ name }) => vault.read(name)),
  ...credentials.map(async (credential) => {
    const proof = await custody.proof(credential)
    if (!proof.ok || proof.value.kind === 'secret') return proof
    return proof.value.sign('PS256', Buffer.from('header.claims'))
  }),
  vault.list(),
])
process.stdout.write(`done: ${results.filter(({ ok }) => ok).length} of ${results.length}\n`)
