import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { expectSuccess, text } from '../../sandbox/api-client.ts'
import { makePair, openOpenssl } from '../adapters/x509/openssl.ts'
import { openTerminal, readCommands } from '../docs-terminal.ts'
import { items, members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const stage = await setStage(t)
const { operator, vault, token, pass } = stage
const terminal = openTerminal(t, stage)
const commands = readCommands('docs/credentials.md')
const openssl = openOpenssl(t)
const path = '/applications/demo/credentials'
const pending = { state: 'pending' }

/** The next commands under this heading, with what is the test's own in the place of what is an example. */
function act(heading: string, own: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const code = commands.take(heading)
  return terminal.run(
    Object.entries(own).reduce((rest, [example, value]) => rest.replace(example, String(value)), code),
  )
}

const actJson = async (...order: Parameters<typeof act>) => members(JSON.parse(await act(...order)))
const keep = (name: string, content: string) => writeFileSync(join(terminal.folder, name), content)

/** Whatever was cached has less than the last minute left, so that this one is new. */
async function newToken(t: Test): Promise<string> {
  const before = await token('contoso')
  await pass(3550)
  const { status, body } = await token('contoso')
  t.equal(status, 200, 'callers get tokens all the while')
  t.not(body['access_token'], before.body['access_token'])
  return text(body, 'access_token')
}

const activeIds = async () => {
  const { body } = await operator('GET', path)
  return items(body['items']).flatMap(({ id, state }) => (state === 'active' ? [id] : []))
}

await terminal.run(commands.take('The terminal'))
const [old] = await activeIds()

t.test('what an application has is listed', async (t) => {
  t.match(await act('The terminal'), new RegExp(`^${String(old)}\tcertificate\tactive\t20`))
})

t.test('a credential of each form is added as the page says', async (t) => {
  t.match(await actJson('PEM'), { source: 'pem', ...pending })

  makePair(openssl, 'file')
  openssl.run('pkcs12 -export -inkey file.key -in file.crt -passout pass:geheim -out file.pfx')
  writeFileSync(join(terminal.folder, 'contoso-sync.pfx'), Buffer.from(openssl.base64('file.pfx'), 'base64'))
  keep('pfx-password', 'geheim\n')
  t.match(await actJson('PKCS#12'), { source: 'pkcs12', ...pending })

  makePair(openssl, 'vault')
  const value = `${openssl.text('vault.key')}${openssl.text('vault.crt')}`
  const secret = { value, contentType: 'application/x-pem-file' }
  await expectSuccess(vault('PUT', vaultPath('/secrets/contoso-sync'), secret))
  const named = await actJson('A certificate that is in Key Vault')
  t.match(named, { source: 'key_vault', key_vault: { name: 'contoso-sync' }, ...pending })

  await keepSigningKey()
  t.match(await actJson('A key that signs in Key Vault'), { type: 'key', ...pending })

  keep('client-secret', 'a~value.of-entra\n')
  const expiry = { '2027-05-20T00:00:00Z': new Date(Date.now() + 10_000_000).toISOString() }
  t.match(await actJson('A client secret', expiry), { type: 'client_secret', ...pending })
})

/** As Key Vault keeps a certificate whose key cannot be exported: the key there, the certificate for download. */
async function keepSigningKey() {
  makePair(openssl, 'signing')
  const key = createPrivateKey(openssl.text('signing.key')).export({ format: 'jwk' })
  await expectSuccess(vault('PUT', vaultPath('/keys/contoso-signing'), { key }))
  keep('contoso-signing.pem', openssl.text('signing.crt'))
}

t.test('a rotation misses no token', async (t) => {
  const added = await actJson("A key pair of the broker's own")
  t.match(added, { source: 'generated', ...pending })
  await newToken(t)
  await act('Upload', { eef252ec: added['id'] })
  const saved = new X509Certificate(readFileSync(join(terminal.folder, 'demo.pem')))
  t.equal(saved.fingerprint.replaceAll(':', ''), added['thumbprint_sha1'])
  const { certificates } = await actJson('Upload')
  const thumbprints = items(certificates).map((one) => one['thumbprint_sha1'])
  t.ok(thumbprints.includes(added['thumbprint_sha1']))
  await newToken(t)
  t.match(await actJson('Activate'), { id: added['id'], state: 'active' })
  await newToken(t)
  t.match(await actJson('Rotate', { '3f2a9c41': old }), { id: old, state: 'retired' })
  await newToken(t)
  t.strictSame(await activeIds(), [added['id']])
})

t.test('what a leaked key got is not handed out any more', async (t) => {
  const [leaked] = await activeIds()
  const next = await expectSuccess(operator('POST', path, { type: 'certificate', source: 'generated' }))
  await terminal.run(`ID=${text(next, 'id')}; upload`)
  const again = readCommands('docs/credentials.md').take('Activate')
  await terminal.run(again)
  const before = await newToken(t)
  t.match(await actJson('A leaked key', { '3f2a9c41': leaked }), { state: 'retired', compromised: true })
  const { status, body } = await token('contoso')
  t.equal(status, 200)
  t.not(body['access_token'], before)
})

t.test('credentials that run out are found in each of the ways', async (t) => {
  const order = { type: 'certificate', source: 'generated', validity_days: 10 }
  const added = await operator('POST', path, order)
  const id = text(added.body, 'id')
  const ifMatch = { 'if-match': String(added.headers['etag']) }
  await expectSuccess(operator('PATCH', `${path}/${id}`, { state: 'active', verify: false }, ifMatch))
  t.match(JSON.parse(await act('Expiry')), { warnings: ['1 credential expires within 14 days'] })
  t.match(await act('Expiry'), new RegExp(`^demo\t${id}\tcertificate\t20\\S+\n?$`))
  t.match(
    await act('Expiry'),
    new RegExp(`^token_broker_credential_expiry_days\\{.*credential="${id}".*\\} 9\\.9`, 'm'),
  )
})

t.test('the vault is compared with the registry', async (t) => {
  const empty = { orphans: [], unusable: [], renewed: [], refused: [] }
  t.strictSame(await actJson('Compare the vault with the registry'), empty)
})

t.test('what is retired can be removed', async (t) => {
  const { key_vault } = await expectSuccess(operator('GET', `${path}/${String(old)}`))
  const secret = vaultPath(`/secrets/${text(members(key_vault), 'name')}`)
  t.equal((await vault('GET', secret)).status, 200)
  t.equal(await act('Remove'), '')
  t.equal((await operator('GET', `${path}/${String(old)}`)).status, 404)
  t.equal((await vault('GET', secret)).status, 404)
})

t.test('no command of the page was left out', async (t) => {
  t.strictSame(commands.left, [])
})
