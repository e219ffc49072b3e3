import t from 'tap'
import { type Claims, makeSigningKey, sign, signUnder } from '../adapters/jwt/issuer.ts'
import { refused, setVerifierStage } from '../adapters/jwt/stage.ts'

const stage = await setVerifierStage(t)
const { verifier, key, issuer, clock, claims } = stage
const now = Math.floor(clock.now() / 1000)
const ask = async (changed: Claims, header = {}) => verifier.verify(await sign(key, claims(changed), header))

/** What is not the text that it should be, for JSON has many ways to almost say it. */
const noText = [undefined, null, '', 0, 1, true, [], {}, ['']]
const noMoment = [null, '', 'soon', String(now), now + 0.5, [now], {}, true, [], 2 ** 60]

const wrong: Readonly<Record<string, readonly unknown[]>> = {
  iss: [...noText, [issuer.issuer], `${issuer.issuer}/`, `${issuer.issuer} `, 'https://other.example'],
  sub: [...noText, ['system:serviceaccount:orders:api']],
  aud: [
    ...noText,
    'https://other.example',
    `${issuer.audience}/`,
    issuer.audience.toUpperCase(),
    ['https://other.example'],
    [issuer.audience, 'https://other.example'],
    ['https://other.example', issuer.audience],
    [issuer.audience, issuer.audience],
    [[issuer.audience]],
    { 0: issuer.audience, length: 1 },
  ],
  exp: [undefined, ...noMoment, 0, -1, now - 61, now - 3600],
  iat: [...noMoment, now + 61, now + 3600],
  nbf: [...noMoment, now + 61, now + 3600],
}

t.test('a token that has all it needs is accepted', async (t) => {
  t.match(await ask({}), { ok: true })
  t.match(await ask({ iat: undefined, nbf: undefined }), { ok: true }, 'when it was issued may be left out')
})

for (const [claim, values] of Object.entries(wrong)) {
  t.test(`${claim} is what it must be, exactly`, async (t) => {
    for (const value of values) {
      t.strictSame(await ask({ [claim]: value }), refused, `${claim}: ${JSON.stringify(value)}`)
    }
  })
}

t.test('clocks may differ by a minute and no more', async (t) => {
  for (const [skew, accepted] of [
    [59, true],
    [61, false],
  ] as const) {
    for (const changed of [{ exp: now - skew }, { nbf: now + skew }, { iat: now + skew }]) {
      const result = await ask({ ...changed, jti: `${skew}` })
      if (accepted) t.match(result, { ok: true }, JSON.stringify(changed))
      else t.strictSame(result, refused, JSON.stringify(changed))
    }
  }
})

t.test('what is issued to a client, and not for the broker, is refused', async (t) => {
  const kinds: Readonly<Record<string, Claims>> = {
    'an ID token, of a sign-in': { nonce: 'n-0S6_WzA2Mj' },
    'an ID token, of the hybrid flow': { c_hash: 'LDktKdoQak3Pk0cnXxCltA' },
    'an ID token, with an access token': { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' },
    'an ID token, with a state': { s_hash: '77QmUPtjPfzWtF2AnpK9RQ' },
    'a logout token': { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
    'a token that is bound to a key': { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } },
  }
  for (const [name, more] of Object.entries(kinds)) t.strictSame(await ask(more), refused, name)
})

t.test('a type that says something else is something else', async (t) => {
  for (const typ of [
    'id_token+jwt',
    'logout+jwt',
    'secevent+jwt',
    'dpop+jwt',
    'oauth-authz-req+jwt',
    'token-introspection+jwt',
    'kb+jwt',
    'JOSE',
    '',
    'text/jwt',
    'application/application/jwt',
  ]) {
    t.strictSame(await ask({}, { typ }), refused, typ)
  }
  for (const typ of [null, 1, ['JWT'], {}]) {
    const token = await signUnder({ alg: 'ES256', kid: key.kid, typ }, key, claims())
    t.strictSame(await verifier.verify(token), refused, JSON.stringify(typ))
  }
})

t.test('what is no token at all is refused', async (t) => {
  const genuine = await sign(key, claims())
  const [header, payload, signature] = genuine.split('.')
  const list = Buffer.from('[]').toString('base64url')
  for (const text of [
    '',
    '.',
    '..',
    'a.b.c',
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `.${payload}.${signature}`,
    `${header}..${signature}`,
    `${genuine}.${signature}`,
    `${genuine}.`,
    ` ${genuine}`,
    `${genuine}\n`,
    `${genuine}=`,
    `${header}.${payload}.${signature?.slice(0, -4)}`,
    `${list}.${payload}.${signature}`,
    `${header}.${list}.${signature}`,
    `${header}.${header}.${signature}`,
  ]) {
    t.strictSame(await verifier.verify(text), refused, text.slice(0, 20))
  }
  const long = await sign(key, claims({ filler: 'x'.repeat(8_192) }))
  t.strictSame(await verifier.verify(long), refused, 'more than 8 KB')
})

t.test("another issuer's token is of the other issuer, though both have the same subject", async (t) => {
  const other = await makeSigningKey(key.kid)
  t.strictSame(await verifier.verify(await sign(other, claims())), refused)
})
