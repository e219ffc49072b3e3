import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { TokenCredential } from '@azure/identity'
import t from 'tap'
import { Agent } from 'undici'
import { BrokerCredential, type BrokerCredentialOptions, BrokerError } from '../../client/src/index.ts'
import { createApiClient } from '../../sandbox/api-client.ts'
import { setStage } from '../routes/stage.ts'
import { graph } from './stage.ts'

const stage = await setStage(t)
const { sandbox, folder, entra } = stage
const dispatcher = new Agent({ connect: { ca: sandbox.cloud.certificatePem } })
t.teardown(() => dispatcher.close())
const localGraph = createApiClient({ origin: sandbox.cloud.graph.origin, dispatcher })
const url = sandbox.broker.origin
const key = sandbox.demo.callerKey

function credentialFor(tenant: string, scopes = ['Mail.Read'], tokenFile?: string) {
  return new BrokerCredential({ url, tenant, scopes, ...(tokenFile === undefined ? { key } : { tokenFile }) })
}

/** Requests for tokens of this tenant that the broker has answered: each has a line in its audit. */
function requestsOf(tenant: string): number {
  const lines = readFileSync(join(folder, 'audit.log'), 'utf8').trim().split('\n')
  return lines.filter((line) => JSON.parse(line).tenant === tenant).length
}

t.test('a thousand concurrent getToken cost the broker one request', async (t) => {
  await stage.addTenant('thousand', { roles: ['Mail.Read'] })
  const credential = credentialFor('thousand')
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => credential.getToken(graph)))
  t.equal(new Set(tokens.map(({ token }) => token)).size, 1)
  t.equal(requestsOf('thousand'), 1)
  await credential.getToken(graph)
  t.equal(requestsOf('thousand'), 1, 'nor does one after them')
})

t.test('a token that Graph answers with 401 is reported, and replaced once', async (t) => {
  const directory = await stage.addTenant('refused', { roles: ['Mail.Read'] })
  const credential = credentialFor('refused')
  const { token } = await credential.getToken(graph)
  t.equal((await stage.readMail(token)).status, 200)
  await localGraph('POST', '/_sandbox/faults', { match: 'GET /v1.0', times: 1, status: 401 })
  t.equal((await stage.readMail(token)).status, 401)
  for (let times = 0; times < 10; times += 1) credential.reportRejected(token)
  const fresh = await Promise.all(Array.from({ length: 100 }, () => credential.getToken(graph)))
  t.not(fresh[0]?.token, token)
  t.equal(new Set(fresh.map((one) => one.token)).size, 1)
  credential.reportRejected(token)
  t.equal((await credential.getToken(graph)).token, fresh[0]?.token, 'the old one is reported no more')
  t.equal((await stage.readMail(String(fresh[0]?.token))).status, 200)
  t.equal(requestsOf('refused'), 2)
  const { by_route } = (await entra('GET', '/_sandbox/requests')).body
  t.match(by_route, { [`POST /${directory}/oauth2/v2.0/token`]: 2 })
})

t.test('a refusal of the broker says what to do, and no secret', async (t) => {
  const error = await credentialFor('fabrikam', ['Mail.ReadWrite'])
    .getToken(graph)
    .catch((refusal: unknown) => refusal)
  if (!(error instanceof BrokerError)) throw new Error('it was to be refused')
  t.match(error, {
    code: 'consent_missing',
    status: 409,
    hint: /admin_consent_url/,
    requestId: /^[0-9a-f-]{36}$/,
  })
  t.match(error.adminConsentUrl, `${url}/consent/`)
  t.ok(
    error.message.includes(String(error.adminConsentUrl)) && error.message.includes(String(error.requestId)),
  )
  t.match(readFileSync(join(folder, 'audit.log'), 'utf8'), error.requestId)

  const wrong = 'gtb.0123456789abcdef.wrong-wrong-wrong'
  const stranger = new BrokerCredential({ url, tenant: 'contoso', scopes: ['Mail.Read'], key: wrong })
  const refusal = await stranger.getToken(graph).catch((problem: unknown) => problem)
  t.match(refusal, { code: 'unauthenticated', status: 401 })
  const down = new BrokerCredential({
    url: 'http://127.0.0.1:1',
    tenant: 'contoso',
    scopes: ['Mail.Read'],
    key: wrong,
    deadlineSeconds: 0.1,
  })
  const unreachable = await down.getToken(graph).catch((problem: unknown) => problem)
  t.match(unreachable, { code: 'broker_unreachable', message: /127\.0\.0\.1:1\/tokens does not answer/ })
  for (const shown of [refusal, unreachable, stranger]) {
    const told = inspect(shown, { depth: 9, showHidden: true }) + JSON.stringify(shown) + String(shown)
    t.notMatch(told, /wrong-wrong/)
  }
})

t.test('a held token shows neither in inspect nor in JSON', async (t) => {
  const credential = credentialFor('contoso')
  const { token } = await credential.getToken(graph)
  const told = inspect(credential, { depth: 9, showHidden: true }) + JSON.stringify({ credential })
  const secrets = [token, key, createHash('sha256').update(token).digest('hex')]
  t.strictSame(
    secrets.filter((secret) => told.includes(secret)),
    [],
  )
})

t.test('a caller with a token file gets tokens, whatever the file is replaced by', async (t) => {
  const file = join(folder, 'caller-token')
  writeFileSync(file, `${key}\n`)
  const credential = credentialFor('contoso', ['Mail.Read'], file)
  t.ok((await credential.getToken(graph)).token)
  const { token } = await credential.getToken(graph)
  writeFileSync(file, 'not-a-key-of-this-broker')
  credential.reportRejected(token)
  await t.rejects(credential.getToken(graph), { code: 'unauthenticated' })
  writeFileSync(file, key)
  t.not((await credential.getToken(graph)).token, token)
})

t.test(
  'options that would send the key in clear, or to nobody, are refused without being shown',
  async (t) => {
    const good = { url, tenant: 'contoso', scopes: ['Mail.Read'], key }
    const refused: [Partial<BrokerCredentialOptions>, RegExp][] = [
      [{ url: 'http://broker.example' }, /in clear/],
      [{ url: 'broker.example' }, /no URL/],
      [{ url: `https://user:${key}@broker.example` }, /nothing more/],
      [{ tenant: '' }, /tenant/],
      [{ scopes: [] }, /scopes/],
      [{ deadlineSeconds: 0 }, /deadlineSeconds/],
      [{ key: `${key}\nx` }, /no API key/],
      [{ tokenFile: '/token' }, /Exactly one/],
    ]
    for (const [options, why] of refused) {
      try {
        Reflect.construct(BrokerCredential, [{ ...good, ...options }])
        t.fail(String(why))
      } catch (error) {
        t.match(error, { code: 'invalid_options', message: why })
        t.notOk(inspect(error, { showHidden: true }).includes(key), String(why))
      }
    }
    t.ok(new BrokerCredential({ ...good, url: 'http://broker.example/below', unsafePlainHttp: true }))
  },
)

t.test("it is a TokenCredential of Azure's own type", async (t) => {
  const credential: TokenCredential = credentialFor('contoso')
  t.match(await credential.getToken([graph]), { token: String, tokenType: 'Bearer' })
})
