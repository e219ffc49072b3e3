import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createApiClient, expectSuccess } from '../../sandbox/api-client.ts'
import { type Claims, makeSigningKey, sign, startJwksServer } from '../adapters/jwt/issuer.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { expectRefusal, ifMatch } from './expect-refusal.ts'
import { setStage } from './stage.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const audience = 'https://broker.example.com'
const subject = 'system:serviceaccount:orders:api'
const identity = { issuer, subject }
const unauthenticated = { status: 401, code: 'unauthenticated' }

const cluster = await startJwksServer(t)
const distant = await startJwksServer(t)
const key = await makeSigningKey('cluster-key', 'RS256')
cluster.publish(key.jwk)
distant.answer('away')
const folder = mkdtempSync(join(tmpdir(), 'jwt-'))
t.teardown(() => rmSync(folder, { recursive: true }))

function trust(name: string, server: typeof cluster) {
  const caFile = join(folder, `${new URL(name).hostname}.pem`)
  writeFileSync(caFile, server.caPem)
  const algorithms = ['RS256']
  return { issuer: name, audience, jwks_uri: `${server.origin}/openid/v1/jwks`, algorithms, ca_file: caFile }
}

const { sandbox, operator, anonymous } = await setStage(t, {
  environment: {
    JWT_ISSUERS: JSON.stringify([trust(issuer, cluster), trust('https://distant.example', distant)]),
  },
})
const { origin, bootstrapKey } = sandbox.broker
const as = (token: string) => createApiClient({ origin, key: token })

function token(changed: Claims = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return sign(key, { iss: issuer, aud: [audience], sub: subject, iat: now, exp: now + 600, ...changed })
}

async function patch(id: string, change: object) {
  const path = `/callers/${id}`
  return operator('PATCH', path, change, ifMatch(await operator('GET', path)))
}

t.test('a service account gets a token without a secret of its own', async (t) => {
  const grants = [{ tenants: '*', permissions: ['Mail.Read'], excess: 'allow' }]
  const { body } = await operator('POST', '/callers', {
    id: 'orders',
    role: 'caller',
    identities: [identity],
    grants,
  })
  t.strictSame(body['identities'], [identity])
  t.strictSame(body['keys'], [])
  const orders = as(await token())
  for (const time of ['first', 'again']) {
    const reply = await orders('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })
    t.equal(reply.status, 200, time)
  }
  expectProblem(t, await orders('GET', '/callers'), { status: 403, code: 'role_required' })
  t.strictSame(cluster.asked, ['/openid/v1/jwks'])
})

t.test('what an operator changes counts for the next request with the same token', async (t) => {
  const orders = as(await token())
  t.equal((await orders('GET', '/scopes')).status, 200)
  await expectSuccess(patch('orders', { enabled: false }))
  expectProblem(t, await orders('GET', '/scopes'), unauthenticated)
  await expectSuccess(patch('orders', { enabled: true, role: 'auditor' }))
  t.equal((await orders('GET', '/callers')).status, 200)
  await expectSuccess(patch('orders', { identities: null }))
  expectProblem(t, await orders('GET', '/scopes'), unauthenticated)
  await expectSuccess(patch('orders', { identities: [identity] }))
  t.equal((await orders('GET', '/scopes')).status, 200)
})

t.test('an identity belongs to one caller', async (t) => {
  const claim = { id: 'claims', role: 'caller', identities: [identity], grants: [] }
  const refusal = await operator('POST', '/callers', claim)
  expectProblem(t, refusal, { status: 409, code: 'already_exists' })
  t.match(refusal.body['detail'], subject)
  t.equal((await operator('GET', '/callers/claims')).status, 404)
})

t.test('an identity is written as issuers write theirs', async (t) => {
  for (const [wrong, pointer] of [
    [{ issuer: 'http://issuer.example', subject }, '/identities/0/issuer'],
    [{ issuer: 'issuer', subject }, '/identities/0/issuer'],
    [{ issuer: `${issuer} `, subject }, '/identities/0/issuer'],
    [{ issuer, subject: '' }, '/identities/0/subject'],
    [{ issuer, subject: 'a\u0000' }, '/identities/0/subject'],
    [{ issuer, subject: 'x'.repeat(256) }, '/identities/0/subject'],
    [{ issuer }, '/identities/0/subject'],
    [{ ...identity, audience }, '/identities/0/audience'],
  ] as const) {
    const reply = await operator('PUT', '/callers/wrong', { role: 'caller', identities: [wrong], grants: [] })
    expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer }, JSON.stringify(wrong))
  }
  const twice = { role: 'caller', identities: [identity, identity], grants: [] }
  t.equal((await operator('PUT', '/callers/wrong', twice)).status, 400)
})

t.test('whatever is wrong with a token, and whoever it is about, the answer is the same', async (t) => {
  const now = Math.floor(Date.now() / 1000)
  const other = await makeSigningKey('cluster-key', 'RS256')
  const genuine = await token()
  const wrong = [
    await token({ aud: 'https://other.example' }),
    await token({ iss: 'https://other.example' }),
    await token({ sub: 'system:serviceaccount:orders:nobody' }),
    await token({ exp: now - 61 }),
    await token({ nbf: now + 120 }),
    await token({ nonce: 'n' }),
    await sign(other, { iss: issuer, aud: audience, sub: subject, exp: now + 600 }),
    await sign({ ...other, kid: 'other' }, { iss: issuer, aud: audience, sub: subject, exp: now + 600 }),
    `${genuine.slice(0, -8)}AAAAAAAA`,
    'a.b.c',
    'x',
  ]
  const bodies = new Set<string>()
  for (const text of wrong) {
    const reply = await as(text)('GET', '/scopes')
    expectProblem(t, reply, unauthenticated)
    t.equal(reply.headers['www-authenticate'], 'Bearer realm="graph-token-broker"')
    bodies.add(JSON.stringify({ ...reply.body, instance: '' }))
  }
  const nothing = await anonymous('GET', '/scopes')
  bodies.add(JSON.stringify({ ...nothing.body, instance: '' }))
  t.equal(bodies.size, 1)
  t.equal((await as(genuine)('GET', '/scopes')).status, 200)
})

t.test('while an issuer is away, its callers are told to come back, and nobody else is', async (t) => {
  const reply = await as(await token({ iss: 'https://distant.example' }))('GET', '/scopes')
  expectProblem(t, reply, { status: 503, code: 'issuer_unavailable' })
  t.equal(reply.headers['retry-after'], '5')
  t.notMatch(JSON.stringify(reply.body), /distant|localhost/)
  t.equal((await as(await token())('GET', '/scopes')).status, 200)
  t.equal((await operator('GET', '/scopes')).status, 200)
})

t.test('an operator who signs in by tokens alone is an operator who can sign in', async (t) => {
  const olga = { issuer, subject: 'system:serviceaccount:admin:olga' }
  const signedIn = as(await token({ sub: olga.subject }))
  const last = { status: 409, code: 'last_operator' }
  await expectSuccess(operator('PUT', '/callers/olga', { role: 'operator', identities: [olga], grants: [] }))
  t.equal((await signedIn('DELETE', '/callers/operator')).status, 204, 'Olga is there')
  expectRefusal(t, await signedIn('DELETE', '/callers/olga'), last)
  const without = { role: 'operator', grants: [] }
  expectRefusal(t, await signedIn('PUT', '/callers/olga', without), last)
  expectProblem(t, await as(bootstrapKey)('GET', '/callers'), unauthenticated)
  const { body } = await signedIn('GET', '/audit?page_size=1')
  t.match(body['items'], [{ actor: 'olga', action: 'caller.removed' }])
})
