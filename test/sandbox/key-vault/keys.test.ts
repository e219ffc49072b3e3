import { constants, createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import t from 'tap'
import { type Members, member } from './recording.ts'
import { createStage, goodBearer } from './stage.ts'

const v = 'api-version=7.4'
const message = Buffer.from('header.payload')
const digest = createHash('sha256').update(message).digest('base64url')

function isSignedBy(jwk: Members, algorithm: string, signature: string): boolean {
  const key = createPublicKey({
    key: { kty: 'RSA', n: String(jwk['n']), e: String(jwk['e']) },
    format: 'jwk',
  })
  const padding = algorithm === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  // RFC 7518 §3.5: the salt of PS256 is as long as its digest.
  return verify('sha256', message, { key, padding, saltLength: 32 }, Buffer.from(signature, 'base64url'))
}

for (const size of [2048, 3072, 4096]) {
  t.test(`an RSA key of ${size} bits signs digests both ways`, async (t) => {
    const stage = createStage()
    const created = await stage.call('POST', `/keys/k/create?${v}`, { kty: 'RSA', key_size: size })
    const key = member(created, 'key')
    t.strictSame(Object.keys(key).sort(), ['e', 'key_ops', 'kid', 'kty', 'n'])
    t.equal(Buffer.from(String(key['n']), 'base64url').length * 8, size)
    t.match(created['attributes'], { enabled: true, recoverableDays: 90, exportable: false })
    const path = new URL(String(key['kid'])).pathname
    for (const alg of ['PS256', 'RS256']) {
      const signed = await stage.call('POST', `${path}/sign?${v}`, { alg, value: digest })
      t.equal(signed['kid'], key['kid'])
      t.ok(isSignedBy(key, alg, String(signed['value'])), alg)
    }
    t.strictSame(await stage.call('GET', `${path}?${v}`), created)
    t.strictSame(await stage.call('GET', `/keys/K/?${v}`), created)
  })
}

t.test('an imported key signs as its owner would', async (t) => {
  const stage = createStage()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }) }
  const imported = await stage.call('PUT', `/keys/k?${v}`, { key: jwk, tags: { owner: 'test' } })
  t.match(imported, { key: { n: jwk.n, e: jwk.e }, tags: { owner: 'test' } })
  t.notMatch(JSON.stringify(imported), String(jwk.d))
  // Without a version the SDKs leave its place in the path empty.
  const signed = await stage.call('POST', `/keys/k//sign?${v}`, { alg: 'PS256', value: digest })
  t.ok(isSignedBy(jwk, 'PS256', String(signed['value'])))
})

t.test('keys are listed, deleted and recovered as secrets are', async (t) => {
  const stage = createStage()
  const created = await stage.call('POST', `/keys/k/create?${v}`, { kty: 'EC' })
  t.match(created, { key: { kty: 'EC', crv: 'P-256', key_ops: ['sign', 'verify'] } })
  t.match(await stage.call('GET', `/keys?${v}`), {
    value: [{ kid: 'https://sandbox.vault.azure.net/keys/k' }],
  })
  t.match(await stage.call('GET', `/keys/k/versions?${v}`), {
    value: [{ kid: member(created, 'key')['kid'] }],
  })
  const deleted = await stage.call('DELETE', `/keys/k?${v}`)
  t.match(deleted, { ...created, recoveryId: 'https://sandbox.vault.azure.net/deletedkeys/k' })
  t.match(await stage.call('GET', `/deletedkeys/k?${v}`), { error: { message: 'Deleted Key not found: k' } })
  stage.at(1_668_463_001)
  t.strictSame(await stage.call('GET', `/deletedkeys/k?${v}`), deleted)
  t.strictSame(await stage.call('POST', `/deletedkeys/k/recover?${v}`), created)
})

t.test('a key signs only while it is enabled, valid and made for it', async (t) => {
  const stage = createStage()
  const second = 1_668_463_000
  const make = (name: string, more: object) =>
    stage.call('POST', `/keys/${name}/create?${v}`, { kty: 'RSA', ...more })
  await make('off', { attributes: { enabled: false } })
  await make('early', { attributes: { nbf: second + 1 } })
  await make('late', { attributes: { exp: second } })
  await make('other', { key_ops: ['encrypt'] })
  const innerCodes = {
    off: 'KeyDisabled',
    early: 'KeyNotYetValid',
    late: undefined,
    other: 'KeyOperationForbidden',
  }
  for (const [name, innerCode] of Object.entries(innerCodes)) {
    const url = `/keys/${name}//sign?${v}`
    const answer = await stage.call('POST', url, { alg: 'PS256', value: digest })
    const error = member(answer, 'error')
    t.equal(error['code'], 'Forbidden', name)
    t.equal(
      innerCode === undefined ? error['innererror'] : member(error, 'innererror')['code'],
      innerCode,
      name,
    )
  }
})

t.test('what cannot be made or signed is a bad parameter', async (t) => {
  const stage = createStage()
  await stage.call('POST', `/keys/rsa/create?${v}`, { kty: 'RSA' })
  await stage.call('POST', `/keys/ec/create?${v}`, { kty: 'EC', crv: 'P-384' })
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' })
  const bad: [string, string, object][] = [
    ['POST', '/keys/a/create', { kty: 'oct' }],
    ['POST', '/keys/a/create', { kty: 'RSA', key_size: 1024 }],
    ['POST', '/keys/a/create', { kty: 'EC', crv: 'P-1' }],
    ['POST', '/keys/a/create', { kty: 'RSA', key_ops: [1] }],
    ['PUT', '/keys/a', { key: { kty: 'RSA', n: 'AA', e: 'AQAB' } }],
    ['PUT', '/keys/a', { key: { ...short } }],
    ['PUT', '/keys/a', { key: { kty: 'EC' } }],
    ['PUT', '/keys/a', {}],
    ['POST', '/keys/rsa//sign', { alg: 'RS384', value: digest }],
    ['POST', '/keys/rsa//sign', { alg: 'RS256', value: 'AAAA' }],
    ['POST', '/keys/ec//sign', { alg: 'RS256', value: digest }],
  ]
  for (const [method, path, body] of bad) {
    const headers = { authorization: goodBearer }
    const response = await stage.inject({ method, url: `${path}?${v}`, headers, body })
    t.equal(response.statusCode, 400, JSON.stringify(body).slice(0, 60))
    t.equal(response.json().error.code, 'BadParameter')
  }
})
