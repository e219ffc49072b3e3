import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import t from 'tap'
import { text } from '../../sandbox/api-client.ts'
import { makeCertificate, pemOf } from '../adapters/x509/make-certificate.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const { operator, vault, addApplication } = await setStage(t)
await addApplication('holder')
const add = (body: object) => operator('POST', '/applications/holder/credentials', body)
const pem = (certificate: string, private_key: string) =>
  add({ type: 'certificate', source: 'pem', certificate, private_key })

const good = await makeCertificate()

t.test('a generated credential shows its public part and is not used yet', async (t) => {
  for (const key_size of [2048, 3072, undefined]) {
    const more = key_size === undefined ? {} : { key_size, subject: 'CN=holder.example', validity_days: 30 }
    const { status, headers, body } = await add({ type: 'certificate', source: 'generated', ...more })
    t.equal(status, 201)
    t.equal(headers['location'], `/applications/holder/credentials/${text(body, 'id')}`)
    t.match(headers['etag'], /^"\d+"$/)
    const certificate = new X509Certificate(text(body, 'certificate'))
    t.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, key_size ?? 3072)
    t.equal(certificate.subject, key_size === undefined ? 'CN=holder' : 'CN=holder.example')
    t.match(body, {
      type: 'certificate',
      source: 'generated',
      state: 'pending',
      thumbprint_sha1: certificate.fingerprint.replaceAll(':', ''),
      thumbprint_sha256: /^[A-Za-z0-9_-]{43}$/,
      not_before: certificate.validFromDate.toISOString(),
      expires_at: certificate.validToDate.toISOString(),
      key_vault: { name: /^gtb-[0-9a-f-]{36}$/, version: /^[0-9a-f]{32}$/ },
    })
    const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000
    t.equal(Math.round(days), key_size === undefined ? 365 : 30)
    t.strictSame((await operator('GET', String(headers['location']))).body, body)
  }
})

t.test('one file with both, with the line ends of Windows, and the chain before the leaf', async (t) => {
  const root = await makeCertificate()
  const leaf = await makeCertificate({ issuer: root })
  const file = `${pemOf(leaf.key)}${root.pem}${leaf.pem}`.replaceAll('\n', '\r\n')
  const { status, body } = await pem(file, file)
  t.equal(status, 201)
  const shown = text(body, 'certificate')
  t.equal(new X509Certificate(shown).fingerprint256, new X509Certificate(leaf.pem).fingerprint256)
  t.equal(shown.match(/BEGIN CERTIFICATE/g)?.length, 2, 'the chain is kept')
  t.notMatch(JSON.stringify(body), /PRIVATE/)
})

t.test('the same certificate twice is one credential, until it is retired', async (t) => {
  const same = await makeCertificate()
  const first = await pem(same.pem, pemOf(same.key))
  t.equal(first.status, 201)
  const secrets = async () => (await vault('GET', vaultPath('/secrets'))).body
  const before = await secrets()
  const again = await pem(same.pem, pemOf(same.key, 'pkcs1'))
  expectProblem(t, again, { status: 409, code: 'already_exists' })
  t.match(again.body['detail'], text(first.body, 'thumbprint_sha1'))
  t.strictSame(await secrets(), before, 'nothing is put into the vault twice')
  const path = `/applications/holder/credentials/${text(first.body, 'id')}`
  const tag = { 'if-match': String((await operator('GET', path)).headers['etag']) }
  t.equal((await operator('PATCH', path, { state: 'retired' }, tag)).status, 200)
  t.equal((await pem(same.pem, pemOf(same.key))).status, 201)
})

t.test('what Entra would not take, or nobody could sign with', async (t) => {
  const other = await makeCertificate()
  const weak = await makeCertificate({ bits: 1024 })
  const curve = await makeCertificate({ algorithm: 'ECDSA' })
  const expired = await makeCertificate({ from: -90, to: -1 })
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret' }
  const encrypted = good.key.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString()
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey
  const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const cases: readonly (readonly [name: string, certificate: string, key: string, detail: RegExp])[] = [
    ['the key of another certificate', good.pem, pemOf(other.key), /does not belong/],
    ['a chain without the leaf', `${other.pem}${weak.pem}`, pemOf(good.key), /does not belong/],
    ['RSA of 1024 bits', weak.pem, pemOf(weak.key), /1024 bits/],
    ['an elliptic curve', curve.pem, pemOf(curve.key), /not RSA/],
    ['an RSA-PSS key', good.pem, pemOf(pss), /not RSA/],
    ['an expired certificate', expired.pem, pemOf(expired.key), /expired/],
    ['an encrypted key', good.pem, encrypted, /is encrypted/],
    ['a public key', good.pem, publicKey.export({ type: 'spki', format: 'pem' }).toString(), /private key/],
    ['no key', good.pem, 'none', /private key/],
    ['a certificate as key', good.pem, good.pem, /private key/],
    ['garbage', 'none', pemOf(good.key), /No certificate .* PEM/],
    ['garbage in armour', good.pem.replaceAll('M', 'N'), pemOf(good.key), /not X.509/],
    ['a damaged key', good.pem, pemOf(good.key).replaceAll('A', 'B'), /private key/],
    ['eleven certificates', good.pem.repeat(11), pemOf(good.key), /more than 10/],
  ]
  const before = (await operator('GET', '/applications/holder/credentials?page_size=200')).body
  for (const [name, certificate, key, detail] of cases) {
    const reply = await pem(certificate, key)
    expectProblem(t, reply, { status: 400, code: 'certificate_refused' }, name)
    t.match(reply.body['detail'], detail, name)
    t.match(reply.body['hint'], /\w/, name)
    t.notMatch(JSON.stringify(reply.body), /BEGIN|MII/, `${name}: nothing of it comes back`)
  }
  t.strictSame((await operator('GET', '/applications/holder/credentials?page_size=200')).body, before)
})

t.test('a chain that Key Vault has no room for is the client’s to shorten', async (t) => {
  const large = await makeCertificate({ padding: 20_000 })
  const reply = await pem(large.pem, pemOf(large.key))
  t.equal(reply.status, 400, 'waiting would not help', { reply: reply.body })
})

t.test('a credential is listed by page and read by id, and never with its key', async (t) => {
  const ids: string[] = []
  let path = '/applications/holder/credentials?page_size=2'
  while (path !== '') {
    const { status, headers, body } = await operator('GET', path)
    t.equal(status, 200)
    t.notMatch(JSON.stringify(body), /PRIVATE KEY|private_key/)
    ids.push(...items(body['items']).map((item) => text({ ...item }, 'id')))
    path = /^<([^>]+)>; rel="next"$/.exec(String(headers['link']))?.[1] ?? ''
    t.equal(path !== '', 'next_page_token' in body)
  }
  t.strictSame(ids, [...new Set(ids)].sort())
  const all = await operator('GET', '/applications/holder/credentials')
  t.equal(items(all.body['items']).length, ids.length)
})

t.test('while Key Vault is away nothing is registered that it does not hold', async (t) => {
  const before = (await operator('GET', '/applications/holder/credentials')).body
  const fault = { match: 'PUT /secrets/', status: 403, body: { error: { code: 'Forbidden', message: 'm' } } }
  await vault('POST', '/_sandbox/faults', fault)
  const reply = await pem(good.pem, pemOf(good.key))
  await vault('DELETE', '/_sandbox/faults')
  expectProblem(t, reply, { status: 503, code: 'key_vault_denied' })
  t.strictSame((await operator('GET', '/applications/holder/credentials')).body, before)
})

t.test('the key is in the vault, tagged and with its expiry', async (t) => {
  const { body } = await pem(good.pem, pemOf(good.key))
  const { name, version } = members(body['key_vault'])
  const secret = await vault('GET', vaultPath(`/secrets/${String(name)}/${String(version)}`))
  t.equal(secret.status, 200)
  t.equal(secret.body['contentType'], 'application/x-pem-file')
  t.match(secret.body['value'], /^-----BEGIN PRIVATE KEY-----[\s\S]+-----BEGIN CERTIFICATE-----/)
  t.match(secret.body['tags'], {
    'created-by': 'graph-token-broker',
    application: /^[0-9a-f-]{36}$/,
    credential: String(name).slice('gtb-'.length),
  })
  const { exp } = members(secret.body['attributes'])
  t.equal(Number(exp) * 1000, Date.parse(text(body, 'expires_at')))
})
