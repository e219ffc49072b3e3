import { randomUUID } from 'node:crypto'
import { exportJWK } from 'jose'
import t from 'tap'
import { makeSigningKey, sign, signUnder, startJwksServer } from '../adapters/jwt/issuer.ts'
import { refused, setVerifierStage } from '../adapters/jwt/stage.ts'
import { hour, minute, second } from '../broker/fixture.ts'

const unavailable = { ok: false, failure: { code: 'issuer_unavailable' } }

t.test('a key id is compared and nothing else is done with it', async (t) => {
  const { verifier, key, server, claims } = await setVerifierStage(t)
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
  const own = await makeSigningKey('own')
  for (const kid of [
    '../../../../dev/null',
    '/keys',
    `file:///proc/self/environ`,
    "key-1' OR '1'='1",
    "' UNION SELECT 'key-1'; --",
    'KEY-1',
    'key-1 ',
    'key-1\u0000',
    '',
    '__proto__',
    'constructor',
    'https://attacker.example/keys',
    '$(id)',
    'k'.repeat(10_240),
    'k'.repeat(4_000),
  ]) {
    for (const signer of [key, own]) {
      const result = await verifier.verify(await sign({ ...signer, kid }, claims()))
      t.strictSame(result, refused, `${signer.kid} as ${JSON.stringify(kid.slice(0, 30))}`)
    }
  }
  t.strictSame(server.asked, ['/keys'], 'nobody was asked for anything more')
})

t.test('a key must be named, by text', async (t) => {
  const { verifier, key, claims } = await setVerifierStage(t)
  for (const kid of [undefined, null, 1, ['key-1'], { kid: 'key-1' }, 'key-1']) {
    const result = await verifier.verify(await signUnder({ alg: 'ES256', kid }, key, claims()))
    if (kid === 'key-1') t.match(result, { ok: true })
    else t.strictSame(result, refused, JSON.stringify({ kid }))
  }
})

t.test('where two keys have the same name, neither is taken', async (t) => {
  const { verifier, key, server, claims } = await setVerifierStage(t)
  const other = await makeSigningKey(key.kid)
  server.publish(key.jwk, other.jwk)
  for (const signer of [key, other])
    t.strictSame(await verifier.verify(await sign(signer, claims())), refused)
})

t.test('a key that the token brings, or an address of one, is not looked at', async (t) => {
  const { verifier, key, server, claims } = await setVerifierStage(t)
  const foreign = await startJwksServer(t)
  const own = await makeSigningKey(key.kid)
  foreign.publish(own.jwk)
  const jwk = await exportJWK(own.privateKey).then(({ d: _, ...publicPart }) => publicPart)
  for (const header of [
    { jku: `${foreign.origin}/keys` },
    { x5u: `${foreign.origin}/certificate` },
    { jwk },
    { x5c: ['MIIB'] },
    { jku: `${foreign.origin}/keys`, jwk, x5u: `${foreign.origin}/certificate` },
    { jku: `${server.origin}@${foreign.origin.slice('https://'.length)}/keys` },
  ]) {
    t.strictSame(await verifier.verify(await sign(own, claims(), header)), refused)
    const renamed = await sign({ ...own, kid: 'own' }, claims(), header)
    t.strictSame(await verifier.verify(renamed), refused)
  }
  t.strictSame(foreign.asked, [])
  t.strictSame(server.asked, ['/keys'])
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
})

t.test('tokens of unknown issuers make nobody look for keys', async (t) => {
  const { verifier, key, server, claims, issuer } = await setVerifierStage(t)
  for (const iss of [
    'https://attacker.example',
    `${issuer.issuer}/`,
    issuer.issuer.toUpperCase(),
    server.origin,
  ]) {
    t.strictSame(await verifier.verify(await sign(key, claims({ iss }))), refused, iss)
  }
  t.strictSame(server.asked, [])
})

t.test('a thousand made-up key ids cost the issuer one question in 30 seconds', async (t) => {
  const { verifier, key, server, clock, claims } = await setVerifierStage(t)
  const own = await makeSigningKey('own')
  const guess = async () => verifier.verify(await sign({ ...own, kid: randomUUID() }, claims()))
  const together = await Promise.all(Array.from({ length: 500 }, guess))
  for (const result of together) t.strictSame(result, refused)
  for (let n = 0; n < 500; n += 1) {
    clock.advance(59)
    t.strictSame(await guess(), refused)
  }
  t.equal(server.asked.length, 1)
  t.match(await verifier.verify(await sign(key, claims())), { ok: true }, 'the genuine one is unaffected')
  clock.advance(second)
  await Promise.all(Array.from({ length: 100 }, guess))
  t.equal(server.asked.length, 2)
})

t.test('a new key of the issuer is found', async (t) => {
  const { verifier, key, server, clock, claims } = await setVerifierStage(t)
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
  const next = await makeSigningKey('key-2')
  server.publish(key.jwk, next.jwk)
  t.strictSame(await verifier.verify(await sign(next, claims())), refused, 'the last look is seconds ago')
  clock.advance(30 * second)
  const found = await Promise.all(
    [1, 2, 3].map(async (jti) => verifier.verify(await sign(next, claims({ jti })))),
  )
  for (const result of found) t.match(result, { ok: true })
  t.equal(server.asked.length, 2)
})

t.test('while the issuer is away and no key is known, that is said, with when to come again', async (t) => {
  const { verifier, key, server, clock, claims, faults, issuer } = await setVerifierStage(t)
  server.answer('away')
  const tokens = await Promise.all([1, 2, 3].map((jti) => sign(key, claims({ jti }))))
  const results = await Promise.all(tokens.map((token) => verifier.verify(token)))
  for (const result of results)
    t.strictSame(result, { ...unavailable, failure: { ...unavailable.failure, retryAfterSeconds: 5 } })
  clock.advance(3_500)
  t.match(await verifier.verify(String(tokens[0])), { failure: { retryAfterSeconds: 2 } })
  t.equal(server.asked.length, 1, 'and it is not asked by each of them')
  t.match(faults, [{ issuer: issuer.issuer, reason: String }])
  server.answer('keys')
  clock.advance(1_500)
  t.match(await verifier.verify(String(tokens[0])), { ok: true })
})

t.test('what is no answer counts as none', async (t) => {
  const { verifier, key, server, clock, claims } = await setVerifierStage(t)
  const foreign = await startJwksServer(t)
  foreign.publish(key.jwk)
  const keys = JSON.stringify({ keys: [key.jwk] })
  const answers: Parameters<typeof server.answer>[0][] = [
    (reply) => reply.writeHead(302, { location: `${foreign.origin}/keys` }).end(),
    (reply) => reply.writeHead(307, { location: `${foreign.origin}/keys` }).end(keys),
    (reply) => reply.writeHead(500).end(keys),
    (reply) => reply.writeHead(404).end(keys),
    (reply) => reply.writeHead(204).end(),
    (reply) => reply.end(`${' '.repeat(65_537)}${keys}`),
    (reply) => reply.end('<html>'),
    (reply) => reply.end('[]'),
    (reply) => reply.end('{"keys":{}}'),
    (reply) => reply.end('{"keys":[null]}'),
    (reply) => reply.end(keys.slice(0, -1)),
  ]
  for (const [index, answer] of answers.entries()) {
    server.answer(answer)
    t.match(await verifier.verify(await sign(key, claims())), unavailable, `answer ${index}`)
    clock.advance(5 * second)
  }
  t.equal(server.asked.length, answers.length)
  t.strictSame(foreign.asked, [], 'a redirect leads nowhere')
  server.answer('keys')
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
})

t.test('keys are held for a day while the issuer is away, and no longer', async (t) => {
  const { verifier, key, server, clock, claims } = await setVerifierStage(t)
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
  server.answer('away')
  const longLived = await sign(key, claims({ exp: 2 ** 40 }))
  clock.advance(24 * hour)
  t.match(await verifier.verify(await sign(key, claims())), { ok: true }, 'a day')
  t.match(await verifier.verify(longLived), { ok: true })
  const unknown = await makeSigningKey('key-2')
  t.strictSame(await verifier.verify(await sign(unknown, claims())), refused)
  clock.advance(second)
  t.match(await verifier.verify(await sign(key, claims())), unavailable, 'a day and a second')
  t.match(await verifier.verify(longLived), unavailable, 'though it was verified before')
  server.answer('keys')
  clock.advance(minute)
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
})

t.test('who presents a certificate of an authority that is not trusted is not believed', async (t) => {
  const impostor = await startJwksServer(t)
  const { verifier, key, claims } = await setVerifierStage(t, { jwksUri: `${impostor.origin}/keys` })
  impostor.publish(key.jwk)
  t.match(await verifier.verify(await sign(key, claims())), unavailable)
  t.strictSame(impostor.asked, [])
})
