import type { LookupFunction } from 'node:net'
import { SecretClient } from '@azure/keyvault-secrets'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../../sandbox/certificate-authority.ts'
import { keyVault } from '../../../sandbox/key-vault/key-vault.ts'
import { createVault, type Vault } from '../../../sandbox/key-vault/vault.ts'
import { listen } from '../../../sandbox/listen.ts'
import { isMembers, member } from './recording.ts'

const host = 'sandbox.vault.azure.net'
const tenantId = '5f0c1c9e-2b1f-4d7c-9d7e-0b8f6a3a1c11'
const quickly = { intervalInMs: 10 }

type Asked = { scopes: string | string[]; tenantId: string | undefined }
type Connection = { client: SecretClient; vault: Vault; asked: Asked[]; origin: string }

/** The name is production's, so that the client's check of the challenge stays on; the address is loopback. */
const lookup: LookupFunction = (_name, options, done) => {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

async function connect(t: Test): Promise<Connection> {
  const authority = await createCertificateAuthority(new Date())
  const vault = createVault({ now: Date.now })
  const plugin = keyVault({
    vault,
    authority: () => `https://login.microsoftonline.com/${tenantId}`,
    resource: 'https://vault.azure.net',
    authenticate: async (bearer) => bearer === 'good',
  })
  const listener = await listen(async (app) => void app.register(plugin), {
    ...(await authority.issue([host])),
    host,
  })
  t.teardown(() => listener.close())
  const asked: Asked[] = []
  const credential = {
    getToken: async (scopes: string | string[], options?: { tenantId?: string }) => {
      asked.push({ scopes, tenantId: options?.tenantId })
      return { token: 'good', expiresOnTimestamp: Date.now() + 3_600_000 }
    },
  }
  const tlsOptions = { ca: authority.certificatePem, lookup }
  const client = new SecretClient(listener.origin, credential, {
    serviceVersion: '2025-07-01',
    retryOptions: { maxRetries: 0 },
    tlsOptions,
  })
  return { client, vault, asked, origin: listener.origin }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** Status, code and inner code of the failure, as this client spells them. */
async function failure(call: Promise<unknown>): Promise<unknown[]> {
  try {
    await call
    return []
  } catch (error) {
    if (!isMembers(error)) return [error]
    const { innerError } = member(error['details'], 'error')
    return [error['statusCode'], error['code'], isMembers(innerError) ? innerError['code'] : undefined]
  }
}

t.test('the client follows the challenge to its tenant and resource', async (t) => {
  const { client, asked, origin } = await connect(t)
  const secret = await client.setSecret('first', 'one')
  t.equal(secret.value, 'one')
  t.equal(secret.properties.vaultUrl, origin)
  t.match(secret.properties.version, /^[0-9a-f]{32}$/)
  t.strictSame(asked, [{ scopes: ['https://vault.azure.net/.default'], tenantId }])
})

t.test('a secret keeps what it was set with', async (t) => {
  const { client } = await connect(t)
  const notBefore = new Date('2020-01-01T00:00:00Z')
  const expiresOn = new Date('2021-01-01T00:00:00Z')
  const set = { contentType: 'application/x-pem-file', tags: { a: 'b' }, notBefore, expiresOn }
  await client.setSecret('full', 'value', set)
  const { value, properties } = await client.getSecret('full')
  t.equal(value, 'value', 'it expired, and is still read')
  t.match(properties, { ...set, enabled: true, recoverableDays: 90, recoveryLevel: 'Recoverable+Purgeable' })
  t.same(await client.getSecret('FULL'), await client.getSecret('full'), 'names ignore case')
})

t.test('an update reaches one version, and leaves the value alone', async (t) => {
  const { client } = await connect(t)
  const { properties: first } = await client.setSecret('twice', 'one')
  const { properties: second } = await client.setSecret('twice', 'two')
  const updated = await client.updateSecretProperties('twice', first.version ?? '', {
    tags: { state: 'old' },
  })
  t.strictSame(updated.tags, { state: 'old' })
  t.equal((await client.getSecret('twice', { version: first.version ?? '' })).value, 'one')
  t.equal((await client.getSecret('twice')).properties.version, second.version)
  t.equal((await client.getSecret('twice')).properties.tags, undefined)
})

t.test('more secrets than a page holds are all listed, by name', async (t) => {
  const { client, vault } = await connect(t)
  const names = Array.from({ length: 64 }, (_, index) => `name-${String(index).padStart(2, '0')}`)
  for (const name of names.toReversed()) {
    vault.secrets.put(name, { content: { value: name, contentType: undefined } })
  }
  for (const name of names.splice(10, 3)) vault.secrets.delete(name)
  t.strictSame(
    (await collect(client.listPropertiesOfSecrets())).map(({ name }) => name),
    names,
  )
  const pages = await collect(client.listPropertiesOfSecrets().byPage({ maxPageSize: 10 }))
  t.strictSame(
    pages.map((page) => page.length),
    [10, 7, 10, 10, 10, 10, 4],
  )
})

t.test('all versions are listed', async (t) => {
  const { client } = await connect(t)
  const versions: string[] = []
  for (let count = 0; count < 30; count += 1) {
    versions.push((await client.setSecret('many', String(count))).properties.version ?? '')
  }
  const listed = await collect(client.listPropertiesOfSecretVersions('many'))
  t.strictSame(
    listed.map(({ version }) => version),
    versions.toSorted(),
  )
  t.strictSame(await collect(client.listPropertiesOfSecretVersions('unknown')), [])
})

t.test('a deleted secret is waited for, recovered and purged', async (t) => {
  const { client, vault } = await connect(t)
  vault.delays.recover = 30
  await client.setSecret('gone', 'value')
  const deleted = await (await client.beginDeleteSecret('gone', quickly)).pollUntilDone()
  t.equal(deleted.name, 'gone')
  t.match(deleted.properties.recoveryId, /\/deletedsecrets\/gone$/)
  t.strictSame(await failure(client.getSecret('gone')), [404, 'SecretNotFound', undefined])
  const refused = await failure(client.setSecret('gone', 'again'))
  t.strictSame(refused, [409, 'Conflict', 'ObjectIsDeletedButRecoverable'])
  t.equal((await collect(client.listDeletedSecrets())).length, 1)
  const recovered = await (await client.beginRecoverDeletedSecret('gone', quickly)).pollUntilDone()
  t.equal(recovered.name, 'gone')
  t.equal((await client.getSecret('gone')).value, 'value')
  await (await client.beginDeleteSecret('gone', quickly)).pollUntilDone()
  await client.purgeDeletedSecret('gone')
  t.strictSame(await failure(client.getDeletedSecret('gone')), [404, 'SecretNotFound', undefined])
  t.equal((await client.setSecret('gone', 'anew')).value, 'anew')
})

t.test('a disabled secret says why it cannot be read', async (t) => {
  const { client } = await connect(t)
  await client.setSecret('off', 'value', { enabled: false })
  t.strictSame(await failure(client.getSecret('off')), [403, 'Forbidden', 'SecretDisabled'])
})

t.test('a backup brings back every version of a purged secret', async (t) => {
  const { client } = await connect(t)
  const { properties: first } = await client.setSecret('kept', 'one')
  await client.setSecret('kept', 'two')
  const backup = await client.backupSecret('kept')
  await (await client.beginDeleteSecret('kept', quickly)).pollUntilDone()
  await client.purgeDeletedSecret('kept')
  await client.restoreSecretBackup(backup ?? new Uint8Array())
  t.equal((await client.getSecret('kept')).value, 'two')
  t.equal((await client.getSecret('kept', { version: first.version ?? '' })).value, 'one')
  const refused = await failure(client.restoreSecretBackup(backup ?? new Uint8Array()))
  t.strictSame(refused, [409, 'Conflict', undefined])
})
