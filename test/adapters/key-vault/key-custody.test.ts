import { constants, verify, X509Certificate } from 'node:crypto'
import t from 'tap'
import type { Credential } from '../../../src/domain/application.ts'
import { credentialOf } from '../entra/acquisition.ts'
import { makeCertificate, pemOf } from '../x509/make-certificate.ts'
import { connectCustody } from './stage.ts'

const made = await makeCertificate()
const other = await makeCertificate()
const pem = `${pemOf(made.key)}${made.pem}`
const template = credentialOf(made)
const newSecret = (name: string, more = {}) => ({
  name,
  pem,
  expiresAt: template.expiresAt,
  tags: {},
  ...more,
})
const pinned = (vaultName: string, vaultVersion = ''): Credential => ({
  ...template,
  uid: vaultName,
  vaultName,
  vaultVersion,
})

t.test('a key that was stored signs, without ever being read by anybody else', async (t) => {
  const { custody, vault } = await connectCustody(t)
  const stored = await custody.store(newSecret('gtb-a', { tags: { application: 'x' } }))
  if (!stored.ok) return t.fail(stored.failure.code)
  t.match(stored.value, { name: 'gtb-a', version: /^[0-9a-f]{32}$/ })
  t.equal(vault.secrets.get('gtb-a').version.content.value, pem)
  t.match(vault.secrets.get('gtb-a').version.tags, { application: 'x', expires_at: template.expiresAt })

  const signer = await custody.signer(pinned('gtb-a', stored.value.version))
  if (!signer.ok) return t.fail(signer.failure.code)
  const data = Buffer.from('header.claims')
  const { publicKey } = new X509Certificate(made.pem)
  const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  t.ok(verify('sha256', data, pss, await signer.value.sign('PS256', data)))
  t.ok(verify('sha256', data, publicKey, await signer.value.sign('RS256', data)))
})

t.test('the version that was pinned is read, not the newest', async (t) => {
  const { custody } = await connectCustody(t)
  const first = await custody.store(newSecret('gtb-a'))
  await custody.store(newSecret('gtb-a', { pem: `${pemOf(other.key)}${other.pem}` }))
  if (!first.ok) return t.fail(first.failure.code)
  t.equal((await custody.signer(pinned('gtb-a', first.value.version))).ok, true)
})

t.test('first calls that come together wait behind one that carries no secret', async (t) => {
  const { custody, requests, counts, vault, bearer } = await connectCustody(t)
  const names = Array.from(Array(20), (_, index) => `gtb-${index}`)
  const stored = await Promise.all(names.map((name) => custody.store(newSecret(name))))
  t.ok(stored.every(({ ok }) => ok))
  for (const name of names) t.equal(vault.secrets.get(name).version.content.value, pem, 'no body is lost')
  t.equal((await counts())['GET /secrets'], 2, 'the challenge and its answer')
  const refused = (await requests()).filter(({ status }) => status === 401)
  t.match(refused, [{ method: 'GET', path: '/secrets' }])
  t.equal(refused.length, 1, 'nothing secret went out unauthenticated')
  t.equal(bearer.asked, 1)
})

t.test('callers who need the same key share one read, and the next needs none', async (t) => {
  const { custody, counts } = await connectCustody(t)
  const stored = await custody.store(newSecret('gtb-a'))
  if (!stored.ok) return t.fail(stored.failure.code)
  const credential = pinned('gtb-a', stored.value.version)
  const signers = await Promise.all(Array.from(Array(20), () => custody.signer(credential)))
  t.equal(new Set(signers.map((signer) => signer.ok && signer.value)).size, 1)
  await custody.signer(credential)
  const route = `GET /secrets/gtb-a/${stored.value.version}`
  t.equal((await counts())[route], 1)
  custody.reload(credential)
  await custody.signer(credential)
  t.equal((await counts())[route], 2, 'until it is told to forget')
})

t.test('a failure is not kept', async (t) => {
  const { custody, fault, mend } = await connectCustody(t)
  const stored = await custody.store(newSecret('gtb-a'))
  if (!stored.ok) return t.fail(stored.failure.code)
  const credential = pinned('gtb-a', stored.value.version)
  await fault({ match: 'GET /secrets/gtb-a', status: 404, body: { error: { code: 'SecretNotFound' } } })
  t.match(await custody.signer(credential), {
    failure: { code: 'credential_unreadable', vaultName: 'gtb-a' },
  })
  await mend()
  t.equal((await custody.signer(credential)).ok, true)
})

t.test('a bearer token that the vault no longer takes is replaced at the next call', async (t) => {
  const { custody, bearer } = await connectCustody(t)
  t.equal((await custody.store(newSecret('gtb-a'))).ok, true)
  bearer.accepted = 'second'
  bearer.granted = 'second'
  t.match(await custody.store(newSecret('gtb-b')), { failure: { code: 'key_vault_denied' } })
  t.equal((await custody.store(newSecret('gtb-c'))).ok, true)
})

t.test('what is not there, switched off, or not what the registry expects', async (t) => {
  const { custody, vault } = await connectCustody(t)
  const code = async (vaultName: string, version = vault.secrets.get(vaultName).version.id) => {
    const result = await custody.signer(pinned(vaultName, version))
    return result.ok ? 'signs' : result.failure.code
  }
  t.equal(await code('gtb-none', '0'.repeat(32)), 'credential_unreadable')
  await custody.store(newSecret('gtb-off'))
  vault.secrets.update('gtb-off', vault.secrets.get('gtb-off').version.id, {
    content: {},
    attributes: { enabled: false, nbf: undefined, exp: undefined },
    tags: undefined,
  })
  t.equal(await code('gtb-off'), 'credential_unreadable')
  const wrong = {
    'another certificate': `${pemOf(other.key)}${other.pem}`,
    'another key': `${pemOf(other.key)}${made.pem}`,
    'no key': made.pem,
    'no certificate': pemOf(made.key),
    'the certificate behind another': `${pemOf(made.key)}${other.pem}${made.pem}`,
    nothing: '',
    garbage: 'x',
  }
  for (const [index, [name, text]] of Object.entries(wrong).entries()) {
    await custody.store(newSecret(`gtb-${index}`, { pem: text }))
    t.equal(await code(`gtb-${index}`), 'credential_unreadable', name)
  }
})

t.test(
  'a certificate that outlives 32-bit time is kept with the last one, and its own beside it',
  async (t) => {
    const { custody, vault } = await connectCustody(t)
    const expiresAt = '2050-01-01T00:00:00.000Z'
    await custody.store(newSecret('gtb-late', { expiresAt }))
    const { attributes, tags } = vault.secrets.get('gtb-late').version
    t.equal(attributes.exp, 2 ** 31 - 1)
    t.match(tags, { expires_at: expiresAt })
  },
)

t.test('the broker has no identity that the vault would take', async (t) => {
  const { custody, bearer } = await connectCustody(t)
  const names = ['AuthenticationError', 'AggregateAuthenticationError', 'CredentialUnavailableError']
  for (const name of names) {
    bearer.fault = Object.assign(new Error('secret'), { name })
    t.match(await custody.store(newSecret('gtb-a')), { failure: { code: 'key_vault_denied' } }, name)
  }
  bearer.fault = undefined
  t.equal((await custody.store(newSecret('gtb-a'))).ok, true, 'and is asked for one anew')
})

t.test('what is told of a failure holds nothing of what was sent or answered', async (t) => {
  const { custody, fault, mend, described } = await connectCustody(t)
  await custody.store(newSecret('gtb-a'))
  const match = 'PUT /secrets/'
  const bodies = [pem, { error: { code: 'BadParameter', message: pem, innererror: { code: 'x y z' } } }, '']
  for (const body of bodies) {
    await fault({ match, status: 400, body })
    const result = await custody.store(newSecret('gtb-b'))
    t.equal(result.ok, false)
    t.notMatch(JSON.stringify(result), 'BEGIN')
    await mend()
  }
  t.equal(described.length, bodies.length)
  t.match(described[0], { status: 400 })
  t.notMatch(JSON.stringify(described), /BEGIN|x y z|MII/)
})
