import { createHmac } from 'node:crypto'
import { exportSPKI, importJWK } from 'jose'
import t from 'tap'
import { tokenAlgorithms } from '../../src/domain/trusted-issuer.ts'
import { encodePart, makeSigningKey, sign, signUnder } from '../adapters/jwt/issuer.ts'
import { refused, setVerifierStage } from '../adapters/jwt/stage.ts'

t.test('a token without a signature opens nothing, however it says so', async (t) => {
  const { verifier, server, token, claims } = await setVerifierStage(t, { algorithms: ['RS256'] })
  const genuine = await token()
  t.match(await verifier.verify(genuine), { ok: true })
  const [, , signature] = genuine.split('.')
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, 0, ['none'], undefined]) {
    const unsigned = `${encodePart({ alg, kid: 'key-1' })}.${encodePart(claims())}`
    for (const end of ['.', `.${signature}`, '']) {
      t.strictSame(await verifier.verify(unsigned + end), refused, `${String(alg)} ${end.slice(0, 2)}`)
    }
  }
  t.equal(server.asked.length, 1, 'and no key was looked for')
})

t.test('the public key of the issuer is no shared secret, in whatever form', async (t) => {
  const { verifier, server, key, claims, token } = await setVerifierStage(t, { algorithms: ['RS256'] })
  t.match(await verifier.verify(await token()), { ok: true })
  const publicKey = await importJWK(key.jwk, 'RS256')
  if (publicKey instanceof Uint8Array) throw new Error('the key is no public one')
  const pem = await exportSPKI(publicKey)
  const secrets = {
    PEM: pem,
    'PEM with a line end': `${pem.trim()}\n`,
    'PEM without one': pem.trim(),
    'the JWK as text': JSON.stringify(key.jwk),
    'the JWK Set as text': JSON.stringify({ keys: [key.jwk] }),
    'the modulus': Buffer.from(String(key.jwk.n), 'base64url'),
    'its text': String(key.jwk.n),
    nothing: '',
  }
  for (const [name, secret] of Object.entries(secrets)) {
    for (const [alg, hash] of [
      ['HS256', 'sha256'],
      ['HS384', 'sha384'],
      ['HS512', 'sha512'],
      ['RS256', 'sha256'],
    ] as const) {
      const signed = `${encodePart({ alg, kid: key.kid })}.${encodePart(claims())}`
      const mac = createHmac(hash, secret).update(signed).digest('base64url')
      t.strictSame(await verifier.verify(`${signed}.${mac}`), refused, `${alg} with ${name}`)
    }
  }
  t.equal(server.asked.length, 1)
})

t.test('a shared secret that the issuer publishes by mistake opens nothing', async (t) => {
  const { verifier, server, claims } = await setVerifierStage(t)
  const secret = Buffer.alloc(32, 7)
  server.publish({ kty: 'oct', kid: 'shared', k: secret.toString('base64url') })
  for (const alg of ['HS256', 'ES256']) {
    const signed = `${encodePart({ alg, kid: 'shared' })}.${encodePart(claims())}`
    const mac = createHmac('sha256', secret).update(signed).digest('base64url')
    t.strictSame(await verifier.verify(`${signed}.${mac}`), refused, alg)
  }
})

t.test('a genuine signature by an algorithm that the issuer is not configured for', async (t) => {
  const { verifier, server, claims } = await setVerifierStage(t, { algorithms: ['RS256'] })
  const keys = await Promise.all(tokenAlgorithms.map((alg) => makeSigningKey(`key-${alg}`, alg)))
  server.publish(...keys.map(({ jwk }) => jwk))
  for (const key of keys) {
    const token = await sign(key, claims())
    if (key.alg !== 'RS256') t.strictSame(await verifier.verify(token), refused, key.alg)
  }
  t.strictSame(server.asked, [], 'and no key was looked for')
  for (const key of keys) {
    const result = await verifier.verify(await sign(key, claims()))
    if (key.alg === 'RS256') t.match(result, { ok: true })
    else t.strictSame(result, refused, `${key.alg}, now that its key is known`)
  }
})

t.test("a key for one algorithm verifies no other, though both are the issuer's", async (t) => {
  const { verifier, server, key, claims } = await setVerifierStage(t, { algorithms: ['RS256', 'PS256'] })
  const privateJwk = await crypto.subtle.exportKey('jwk', key.privateKey)
  const privateKey = await importJWK({ ...privateJwk, alg: 'PS256' }, 'PS256')
  if (privateKey instanceof Uint8Array) throw new Error('the key is no private one')
  t.match(await verifier.verify(await sign(key, claims())), { ok: true })
  t.strictSame(await verifier.verify(await sign({ ...key, alg: 'PS256', privateKey }, claims())), refused)
  t.equal(server.asked.length, 1)
})

t.test('extensions that must be understood are refused (RFC 7515 §4.1.11)', async (t) => {
  const { verifier, key, claims } = await setVerifierStage(t)
  const alike = { alg: 'ES256', kid: key.kid }
  t.match(await verifier.verify(await signUnder(alike, key, claims())), { ok: true })
  for (const more of [{ crit: ['exp'], exp: 1 }, { crit: ['b64'], b64: false }, { crit: [] }]) {
    const token = await signUnder({ ...alike, ...more }, key, claims())
    t.strictSame(await verifier.verify(token), refused, JSON.stringify(more))
  }
})
