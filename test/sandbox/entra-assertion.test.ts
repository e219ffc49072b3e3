import { constants, sign as signBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import {
  type AssertionChange,
  byAssertion,
  bySecret,
  clientId,
  contoso,
  createCertificate,
  decode,
  fabrikam,
  secret,
  sign,
  startEntra,
} from './entra-fixture.ts'

const day = 86_400_000
const at = Date.UTC(2026, 2, 2, 12)
const fresh = await createCertificate(at - day)
const expired = await createCertificate(at - 100 * day)
const weak = await createCertificate(at - day, 1024)
const stranger = await createCertificate(at - day)

async function start(t: Test) {
  const entra = await startEntra(t)
  const certificates = [fresh.pem, expired.pem, weak.pem]
  await entra.put(`/applications/${clientId}`, { certificates, display_name: 'Daemon' })
  await entra.put(`/directories/${contoso}/consents/${clientId}`, { roles: ['Mail.Read'] })
  return entra
}

t.test('an assertion that is signed with an uploaded certificate gets a token', async (t) => {
  const entra = await start(t)
  const x5t = fresh.sha1.toString('base64url')
  const unnamed = { 'x5t#S256': undefined }
  const accepted: [name: string, change: AssertionChange][] = [
    ['PS256 with x5t#S256', {}],
    ['RS256 with x5t', { alg: 'RS256', header: { ...unnamed, x5t } }],
    ['RS512', { alg: 'RS512' }],
    ['kid as base64url', { header: { ...unnamed, kid: x5t } }],
    ['kid as hex', { header: { ...unnamed, kid: fresh.sha1.toString('hex') } }],
    ['the v2 issuer as audience', { claims: { aud: `${entra.origin}/${contoso}/v2.0` } }],
    ['a clock four minutes ahead', { claims: { nbf: at / 1000 + 240, exp: at / 1000 + 600 } }],
    ['a clock four minutes behind', { claims: { nbf: at / 1000 - 900, exp: at / 1000 - 240 } }],
  ]
  for (const [name, change] of accepted) {
    const { status, body } = await entra.token(byAssertion(await sign(entra, fresh, change)))
    t.equal(status, 200, name)
    t.match(decode(body['access_token']).claims, { appidacr: '2', roles: ['Mail.Read'] }, name)
  }
})

t.test('assertions are refused as the real endpoint refuses them', async (t) => {
  const entra = await start(t)
  type Case = [name: string, assertion: string, status: number, code: number, text?: string]
  const made = (change: AssertionChange, key = fresh) => sign(entra, key, change)
  const token = `${entra.origin}/${contoso}/oauth2/v2.0/token`
  const seconds = at / 1000
  const cases: Case[] = [
    ['no JWT', 'abc', 400, 50027, 'JWT token is invalid or malformed.'],
    ['no JSON', 'YWJj.YWJj.YWJj', 400, 50027],
    ['no key named', await made({ header: { 'x5t#S256': undefined } }), 401, 5002723],
    ['another client', await made({ claims: { iss: fabrikam } }), 401, 700021],
    ['another subject', await made({ claims: { sub: undefined } }), 401, 700021],
    ['no issuer', await made({ claims: { iss: undefined } }), 400, 90014, "The required field 'iss'"],
    ['no audience', await made({ claims: { aud: undefined } }), 400, 90014, "The required field 'aud'"],
    ['another directory', await made({ claims: { aud: token.replace(contoso, fabrikam) } }), 401, 700023],
    ['the v1 endpoint', await made({ claims: { aud: token.replace('/v2.0', '') } }), 401, 700023],
    [
      'expired',
      await made({ claims: { nbf: seconds - 1200, exp: seconds - 600 } }),
      401,
      700024,
      'Client assertion is not within its valid time range. Current time: 2026-03-02T12:00:00.0000000Z, assertion valid from 2026-03-02T11:40:00.0000000Z, expiry time of assertion 2026-03-02T11:50:00.0000000Z.',
    ],
    ['not yet valid', await made({ claims: { nbf: seconds + 400 } }), 401, 700024],
    ['no expiry', await made({ claims: { exp: undefined } }), 401, 700024],
    ['an unknown certificate', await made({}, stranger), 401, 700027, 'The certificate with identifier'],
    [
      'an unknown certificate, named by SHA-1',
      await made({ header: { 'x5t#S256': undefined, x5t: stranger.sha1.toString('base64url') } }, stranger),
      401,
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${stranger.sha1.toString('hex').toUpperCase()}', Please visit`,
    ],
    ['an expired certificate', await made({}, expired), 401, 1000502],
    [
      'a signature by another key',
      await made({ header: { 'x5t#S256': fresh.sha256.toString('base64url') } }, stranger),
      401,
      700027,
      'Client assertion contains an invalid signature.',
    ],
    [
      'a weak key',
      signWeakly(await made({})),
      401,
      700027,
      'Client assertion contains an invalid signature.',
    ],
    ['no jti', await made({ claims: { jti: undefined } }), 400, 50027, 'JWT token is invalid or malformed.'],
  ]
  for (const [name, assertion, status, code, text = ''] of cases) {
    const { status: got, body } = await entra.token(byAssertion(assertion))
    t.equal(got, status, name)
    t.match(body, { error_codes: [code] }, name)
    t.ok(String(body['error_description']).startsWith(`AADSTS${code}: ${text}`), name)
  }
})

t.test('an algorithm that is no RSA signature is refused before the key is looked at', async (t) => {
  const entra = await start(t)
  for (const alg of ['HS256', 'none', 'ES256']) {
    const { header, claims } = decode(await sign(entra, fresh))
    const assertion = `${encode({ ...header, alg })}.${encode(claims)}.AAAA`
    const { status, body } = await entra.token(byAssertion(assertion))
    t.equal(status, 401)
    t.match(body['error_description'], `AADSTS5002738: Invalid JWT token. '${alg}' is not a supported`)
  }
})

t.test('PS256 wants a salt of 32 bytes', async (t) => {
  const entra = await start(t)
  const [header, claims] = (await sign(entra, fresh)).split('.')
  const signature = signBytes('sha256', Buffer.from(`${header}.${claims}`), {
    key: fresh.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 20,
  })
  const { body } = await entra.token(byAssertion(`${header}.${claims}.${signature.toString('base64url')}`))
  t.match(body, { error_codes: [700027] })
})

t.test('an assertion counts once, and a forged one does not use up its jti', async (t) => {
  const entra = await start(t)
  const claims = { jti: 'once' }
  const header = { 'x5t#S256': fresh.sha256.toString('base64url') }
  const forged = await sign(entra, stranger, { claims, header })
  t.match((await entra.token(byAssertion(forged))).body, { error_codes: [700027] })
  const assertion = await sign(entra, fresh, { claims })
  t.equal((await entra.token(byAssertion(assertion))).status, 200)
  const replayed = await entra.token(byAssertion(assertion))
  t.equal(replayed.status, 400)
  t.match(replayed.body['error_description'], /^AADSTS50027: JWT token is invalid or malformed\. .*jti/)
  entra.clock.now += 1_000_000
  t.equal((await entra.token(byAssertion(await sign(entra, fresh, { claims })))).status, 200)
})

t.test('the type of an assertion must be named', async (t) => {
  const entra = await start(t)
  const assertion = await sign(entra, fresh)
  const untyped = await entra.token(byAssertion(assertion, { client_assertion_type: '' }))
  t.match(untyped.body, { error_codes: [900144] })
  const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
  const mistyped = await entra.token(byAssertion(assertion, { client_assertion_type: saml }))
  t.match(mistyped.body, { error_codes: [7000216] })
})

t.test('an uploaded certificate counts only when it has spread', async (t) => {
  const entra = await start(t)
  await entra.put('/settings', { key_upload_delay_ms: 5000 })
  await entra.put(`/applications/${clientId}`, { certificates: [stranger.pem] })
  const ask = async (key: typeof fresh) => (await entra.token(byAssertion(await sign(entra, key)))).status
  t.strictSame([await ask(stranger), await ask(fresh)], [401, 200])
  entra.clock.now += 5000
  t.strictSame([await ask(stranger), await ask(fresh)], [200, 401])
})

t.test(
  'a disabled application, and one without a service principal, have refusals of their own',
  async (t) => {
    const entra = await start(t)
    await entra.put(`/applications/${clientId}`, { disabled: true, secrets: [secret] })
    const disabled = await entra.token(bySecret())
    t.equal(disabled.status, 400)
    t.match(
      disabled.body['error_description'],
      `AADSTS7000112: Application '${clientId}'(Daemon) is disabled.`,
    )
    await entra.put(`/directories/${fabrikam}`, {})
    await entra.put('/settings', { absent_application_code: 7000229 })
    const absent = await entra.token(bySecret(), {}, fabrikam)
    t.equal(absent.status, 401)
    t.match(absent.body, { error: 'invalid_client', error_codes: [7000229] })
  },
)

/** jose itself refuses to sign with such a key. */
function signWeakly(assertion: string): string {
  const { header, claims } = decode(assertion)
  const named = { ...header, alg: 'RS256', 'x5t#S256': weak.sha256.toString('base64url') }
  const input = `${encode(named)}.${encode(claims)}`
  return `${input}.${signBytes('sha256', Buffer.from(input), weak.privateKey).toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
