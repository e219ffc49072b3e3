import { ClientSecretCredential } from '@azure/identity'
import t from 'tap'
import { startLocalCloud, vaultHost } from '../../sandbox/clouds.ts'
import { createCredentialVault } from '../../src/adapters/key-vault/credential-vault.ts'
import {
  certificateAt,
  codeOf,
  keyAt,
  must,
  newSecret,
  pem,
  putKey,
  putSecret,
  signs,
} from '../adapters/key-vault/material.ts'
import { connectVault, loopback } from '../adapters/key-vault/stage.ts'
import { hour } from '../broker/fixture.ts'

const twenty = Array.from(Array(20), (_, index) => index)

t.test(
  'first calls that come together lose no secret, and send none before the vault knows them',
  async (t) => {
    const { vault, store, arrivals, bearer, count } = await connectVault(t)
    const stored = await Promise.all(twenty.map((index) => vault.store(newSecret(`gtb-${index}`))))
    t.ok(stored.every(({ ok }) => ok))
    for (const index of twenty) t.equal(store.secrets.get(`gtb-${index}`).version.content.value, pem)
    const unauthenticated = arrivals.filter(({ hasBearer }) => !hasBearer)
    t.match(unauthenticated, [{ route: 'GET /secrets', size: 0 }])
    t.equal(unauthenticated.length, 1)
    t.equal(count('GET /secrets'), 2, 'the challenge and its answer')
    t.equal(bearer.asked, 1)
  },
)

t.test(
  'first signatures that come together are all made, and nothing to sign goes out too early',
  async (t) => {
    const stage = await connectVault(t)
    const keys = ['one', 'two', 'three'].map((name) => keyAt(name, putKey(stage, name)))
    const signed = await Promise.all(
      twenty.flatMap(() => keys.map(async (key) => signs(await stage.custody.proof(key)))),
    )
    t.equal(signed.length, 60)
    t.ok(signed.every((good) => good))
    const unauthenticated = stage.arrivals.filter(({ hasBearer }) => !hasBearer)
    t.strictSame(
      unauthenticated.map(({ route, size }) => `${route} ${size}`).sort(),
      keys.map(({ vaultName, vaultVersion }) => `GET /keys/${vaultName}/${vaultVersion} 0`).sort(),
    )
  },
)

t.test('a vault that is too busy is asked again after half a second, or when it says', async (t) => {
  const { vault, fault, arrivals } = await connectVault(t)
  await vault.list()
  const cases = [
    { headers: {}, milliseconds: 500 },
    { headers: { 'retry-after': '1' }, milliseconds: 1_000 },
  ]
  for (const { headers, milliseconds } of cases) {
    await fault({ match: 'PUT /secrets/', status: 429, headers, times: 1 })
    const before = arrivals.length
    t.ok((await vault.store(newSecret('gtb-a'))).ok)
    const [first, second] = arrivals.slice(before).map(({ at }) => at)
    const waited = (second ?? 0) - (first ?? 0)
    t.ok(waited > milliseconds - 5, `after ${Math.round(waited)} ms`)
  }
})

t.test('a vault that stays too busy is unavailable for a while', async (t) => {
  const { vault, fault, count, described } = await connectVault(t)
  await vault.list()
  await fault({ match: 'GET /secrets/gtb-a', status: 429, headers: { 'retry-after-ms': '1' } })
  t.match(await vault.read('gtb-a'), { failure: { code: 'key_vault_unavailable', retryAfterSeconds: 5 } })
  t.equal(count('GET /secrets/gtb-a/'), 3)
  t.match(described, [{ status: 429 }])
})

t.test(
  'a certificate that outlives 32-bit time is kept with the last one, and its own beside it',
  async (t) => {
    const { vault, store } = await connectVault(t)
    const expiries = {
      '2038-01-19T03:14:07.000Z': 2 ** 31 - 1,
      '2038-01-19T03:14:08.000Z': 2 ** 31 - 1,
      '2050-01-01T00:00:00.000Z': 2 ** 31 - 1,
      '2037-12-31T00:00:00.000Z': 2_145_830_400,
    }
    for (const [expiresAt, exp] of Object.entries(expiries)) {
      await vault.store(newSecret('gtb-late', { expiresAt }))
      const { attributes, tags } = store.secrets.get('gtb-late').version
      t.equal(attributes.exp, exp, expiresAt)
      t.match(tags, { expires_at: expiresAt })
    }
  },
)

t.test('a bearer token that the vault no longer takes is replaced in the same call', async (t) => {
  const stage = await connectVault(t)
  const { vault, bearer, count } = stage
  putSecret(stage, 'theirs')
  t.ok((await vault.store(newSecret('gtb-a'))).ok)
  bearer.renew()
  t.ok((await vault.store(newSecret('gtb-b'))).ok)
  bearer.renew()
  const calls = twenty.map((index) =>
    index % 2 ? vault.read('theirs') : vault.store(newSecret(`gtb-${index}`)),
  )
  t.ok((await Promise.all(calls)).every(({ ok }) => ok))
  t.equal(count('GET /secrets'), 6, 'one new client each time, however many call')
  t.equal(bearer.asked, 3)
})

t.test('a key goes on signing when the vault no longer takes the bearer token', async (t) => {
  const stage = await connectVault(t)
  const credential = keyAt('key', putKey(stage, 'key'))
  const loaded = await stage.custody.proof(credential)
  const proof = must(t, loaded)
  stage.bearer.renew()
  t.ok(await signs(loaded))
  stage.bearer.renew()
  const signed = await Promise.all(twenty.map(() => signs(loaded)))
  t.ok(signed.every((good) => good))
  t.equal(stage.bearer.asked, 3)
  t.equal(must(t, await stage.custody.proof(credential)), proof, 'and is not opened again for it')
})

t.test('an identity that is refused for good is a denial, after one more try', async (t) => {
  const stage = await connectVault(t)
  const credential = keyAt('key', putKey(stage, 'key'))
  await stage.vault.list()
  const loaded = must(t, await stage.custody.proof(credential))
  stage.bearer.accepted = 'nobody-has-it'
  const asked = stage.bearer.asked
  t.equal(codeOf(await stage.vault.read('gtb-a')), 'key_vault_denied')
  t.equal(stage.bearer.asked - asked, 1)
  t.equal(
    loaded.kind === 'signature' && codeOf(await loaded.sign('PS256', Buffer.from('x'))),
    'key_vault_denied',
  )
  stage.bearer.renew()
  t.ok((await stage.vault.list()).ok, 'and once it is granted again, all is well')
  t.ok(await signs(await stage.custody.proof(credential)))
})

t.test('the identity of the SDK, which keeps tokens too, is asked past what it keeps', async (t) => {
  let ahead = 0
  const cloud = await startLocalCloud(() => Date.now() + ahead)
  t.teardown(() => cloud.close())
  const { directoryId, clientId, secret } = cloud.identity
  const ca = cloud.certificatePem
  const credential = new ClientSecretCredential(directoryId, clientId, secret, {
    authorityHost: cloud.entra.origin,
    disableInstanceDiscovery: true,
    additionallyAllowedTenants: ['*'],
    ...{ tlsOptions: { ca } },
  })
  const described: object[] = []
  const vault = createCredentialVault({
    url: `https://${vaultHost}:${cloud.keyVault.port}`,
    credential,
    tls: { ca, lookup: loopback },
    onError: (description) => described.push(description),
  })
  t.ok((await vault.store(newSecret('gtb-a'))).ok)
  ahead = 2 * hour
  t.ok((await vault.store(newSecret('gtb-b'))).ok, 'the vault refuses what the identity takes for good')
  t.strictSame(described, [])
})

t.test('what passes by itself is waited for', async (t) => {
  const stage = await connectVault(t)
  const { vault, custody, fault } = stage
  const certificate = certificateAt('certificate', putSecret(stage, 'certificate'))
  const key = keyAt('key', putKey(stage, 'key'))
  const passing = [{ status: 500 }, { status: 503, body: 'busy' }, { reset: true }]
  for (const [index, answer] of passing.entries()) {
    await fault({ match: '/', times: 1, ...answer })
    t.ok((await vault.store(newSecret(`gtb-${index}`))).ok, JSON.stringify(answer))
    await fault({ match: '/secrets/certificate', times: 1, ...answer })
    t.ok(await signs(await custody.proof(certificate)), JSON.stringify(answer))
    custody.forget(certificate)
    await fault({ match: '/sign', times: 1, ...answer })
    t.ok(await signs(await custody.proof(key)), JSON.stringify(answer))
  }
})

t.test(
  'a vault whose name cannot be looked up for now is away, and asked again at the next call',
  async (t) => {
    for (const type of ['certificate', 'key'] as const) {
      let failing = true
      const stage = await connectVault(t, {
        lookup(name, options, done) {
          if (!failing) return loopback(name, options, done)
          done(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' }), '')
        },
      })
      const credential =
        type === 'key' ? keyAt('it', putKey(stage, 'it')) : certificateAt('it', putSecret(stage, 'it'))
      const refused = await stage.custody.proof(credential)
      t.match(refused, { failure: { code: 'key_vault_unavailable', retryAfterSeconds: 5 } })
      t.match(stage.described, [{ name: 'RestError', code: 'EAI_AGAIN', status: undefined }])
      failing = false
      t.ok(await signs(await stage.custody.proof(credential)))
    }
  },
)
