import t from 'tap'
import { tokenAlgorithms } from '../../../src/domain/trusted-issuer.ts'
import { hour, minute, second } from '../../broker/fixture.ts'
import { encodePart, makeSigningKey, sign } from './issuer.ts'
import { refused, setVerifierStage, subject } from './stage.ts'

t.test('A token of a trusted issuer says who it is about, and until when', async (t) => {
  const { verifier, issuer, clock, token } = await setVerifierStage(t)
  t.strictSame(await verifier.verify(await token()), {
    ok: true,
    value: { issuer: issuer.issuer, subject, expiresAt: Math.floor(clock.now() / 1000) * 1000 + hour },
  })
})

t.test('Every algorithm that can be configured works', async (t) => {
  for (const alg of tokenAlgorithms) {
    const { verifier, token } = await setVerifierStage(t, { algorithms: [alg] })
    t.match(await verifier.verify(await token()), { ok: true }, alg)
  }
})

t.test('Kubernetes names the one audience in a list, and no type', async (t) => {
  const { verifier, issuer, token } = await setVerifierStage(t)
  t.match(await verifier.verify(await token({ aud: [issuer.audience] })), { ok: true })
})

t.test('A token may be of a type that says that it is for a bearer', async (t) => {
  const { verifier, key, claims } = await setVerifierStage(t)
  for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'client-authentication+jwt']) {
    t.match(await verifier.verify(await sign(key, claims(), { typ })), { ok: true }, typ)
  }
})

t.test('Once verified, a token is known at once, without a word to anybody', async (t) => {
  const { verifier, server, token } = await setVerifierStage(t)
  const text = await token()
  const first = verifier.verify(text)
  t.ok(first instanceof Promise)
  const verified = await first
  const again = verifier.verify(text)
  t.notOk(again instanceof Promise)
  t.equal(again, verified)
  t.equal(server.asked.length, 1)
})

t.test('What merely resembles a token that is known is looked at anew', async (t) => {
  const { verifier, token } = await setVerifierStage(t)
  const text = await token()
  await verifier.verify(text)
  const [header, payload, signature = ''] = text.split('.')
  const swapped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
  t.strictSame(await verifier.verify(`${header}.${payload}.${swapped}`), refused)
  t.strictSame(await verifier.verify(`${text.slice(0, -1)}`), refused)
  t.strictSame(await verifier.verify(`${text}A`), refused)
  const [, others = ''] = (await token({ sub: 'system:serviceaccount:orders:other' })).split('.')
  t.strictSame(await verifier.verify(`${header}.${others}.${signature}`), refused)
})

t.test(
  'A token that is known is forgotten when it expires, but for the skew that all are allowed',
  async (t) => {
    const { verifier, clock, token } = await setVerifierStage(t)
    const text = await token({ exp: clock.now() / 1000 + 300 })
    await verifier.verify(text)
    clock.advance(5 * minute - 1)
    t.notOk(verifier.verify(text) instanceof Promise)
    clock.advance(1)
    t.ok(verifier.verify(text) instanceof Promise, 'it is verified again')
    clock.advance(59 * second)
    t.match(await verifier.verify(text), { ok: true })
    clock.advance(second)
    t.strictSame(await verifier.verify(text), refused)
  },
)

t.test('Many tokens are remembered, and not without end', async (t) => {
  const { verifier, token } = await setVerifierStage(t)
  const [first, second, third, fourth] = await Promise.all(['1', '2', '3', '4'].map((jti) => token({ jti })))
  for (const text of [first, second, third, fourth]) await verifier.verify(String(text))
  for (const text of [second, third, fourth]) t.notOk(verifier.verify(String(text)) instanceof Promise)
  t.ok(verifier.verify(String(first)) instanceof Promise, 'the oldest went first')
})

t.test('A key that its issuer withdrew is soon none, for tokens that are known too', async (t) => {
  const { verifier, server, clock, token } = await setVerifierStage(t)
  const next = await makeSigningKey('key-2')
  const text = await token()
  await verifier.verify(text)
  server.publish(next.jwk)
  clock.advance(10 * minute + 1)
  t.match(await verifier.verify(text), { ok: true }, 'nobody waits for the look')
  await until(() => verifier.verify(text) instanceof Promise)
  t.strictSame(await verifier.verify(text), refused)
  t.equal(server.asked.length, 2)
})

t.test('Keys that stay the same leave known what is known', async (t) => {
  const { verifier, server, clock, token } = await setVerifierStage(t)
  const text = await token({ exp: 2 ** 40 })
  await verifier.verify(text)
  let forgotten = false
  await until(() => {
    clock.advance(second)
    forgotten ||= verifier.verify(text) instanceof Promise
    return server.asked.length === 4
  })
  t.notOk(forgotten)
})

t.test('A key that is too weak opens nothing, and the log says whose it is', async (t) => {
  const { verifier, server, issuer, faults, claims } = await setVerifierStage(t, { algorithms: ['RS256'] })
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) }
  const pair = await crypto.subtle.generateKey({ ...rsa, modulusLength: 1024 }, true, ['sign', 'verify'])
  const { n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  server.publish({ kty: 'RSA', n: String(n), e: String(e), kid: 'weak' })
  const signed = `${encodePart({ alg: 'RS256', kid: 'weak' })}.${encodePart(claims())}`
  const signature = await crypto.subtle.sign(rsa.name, pair.privateKey, Buffer.from(signed))
  const token = `${signed}.${Buffer.from(signature).toString('base64url')}`
  t.strictSame(await verifier.verify(token), refused)
  t.match(faults, [{ issuer: issuer.issuer }])
})

t.test('A key that is none opens nothing, and keeps no other from opening', async (t) => {
  const { verifier, server, key, issuer, faults, claims } = await setVerifierStage(t)
  server.publish({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken' }, key.jwk)
  t.strictSame(await verifier.verify(await sign({ ...key, kid: 'broken' }, claims())), refused)
  t.match(faults, [{ issuer: issuer.issuer, reason: String }])
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
})

/** Waits turn by turn: what is due runs behind the answers, over a real connection. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
