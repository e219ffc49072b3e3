import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { makePair, openOpenssl } from '../adapters/x509/openssl.ts'
import { expectProblem, pointersOf } from '../http/expect-problem.ts'
import { type Members, members } from '../http/json-value.ts'
import { addHolder } from '../routes/holder.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const stage = await setStage(t)
const { operator, vault } = stage
const openssl = openOpenssl(t)
const holder = await addHolder(stage, 'strict')
const invalid = { status: 400, code: 'invalid_request' }
const refused = { status: 400, code: 'certificate_refused' }
const secret = 'abc8Q~of-no-application'
const soon = new Date(Date.now() + 86_400_000).toISOString()

makePair(openssl, 'own')
makePair(openssl, 'other')
const certificate = openssl.text('own.crt')
const private_key = openssl.text('own.key')
openssl.run('pkcs12 -export -inkey own.key -in own.crt -out own.pfx -passout pass:right')
openssl.run('pkcs12 -export -nokeys -in own.crt -out keyless.pfx -passout pass:right')
const pkcs12 = openssl.base64('own.pfx')

/** A body of each form that would be taken, as far as the schema goes. */
const forms = {
  generated: { type: 'certificate', source: 'generated' },
  pem: { type: 'certificate', source: 'pem', certificate, private_key },
  pkcs12: { type: 'certificate', source: 'pkcs12', pkcs12, password: 'right' },
  key_vault: { type: 'certificate', source: 'key_vault', name: 'any' },
  key: { type: 'key', name: 'any', certificate },
  client_secret: { type: 'client_secret', value: 'abc8Q~value', expires_at: soon },
} satisfies Record<string, Members>

const noTexts = [1, true, null, [], {}, '']
const noNames = [
  ...noTexts,
  '..',
  '.',
  'a/b',
  '../a',
  'a/../b',
  '%2e%2e',
  'a%2Fb',
  'a\\b',
  'a b',
  ' a',
  'a\n',
  'a\0',
  'a?b',
  'a#b',
  'a_b',
  'é',
  'x'.repeat(128),
  'https://other.vault.azure.net/secrets/a',
  '//other.example/a',
]
const noVersions = [...noTexts, '..', 'a/b', 'a-b', '%2e', 'x'.repeat(65), 'https://a']
const noTimes = [...noTexts, 'soon', '2030-01-01', '2030-13-01T00:00:00Z', '2016-12-31T23:59:60Z']

/** For each form, members that are wrong, and each value that makes them so. */
const wrong: Record<keyof typeof forms, Record<string, readonly unknown[]>> = {
  generated: { key_size: [1024, '2048'], certificate: [certificate], name: ['any'], value: ['x'] },
  pem: {
    certificate: [...noTexts, undefined],
    private_key: [...noTexts, undefined],
    password: [1, null, [], 'x'.repeat(1025)],
    pkcs12: [pkcs12],
    key_size: [2048],
    name: ['any'],
  },
  pkcs12: {
    pkcs12: [...noTexts, undefined],
    password: [1, null, [], 'x'.repeat(1025)],
    private_key: [private_key],
    certificate: [certificate],
    expires_at: [soon],
  },
  key_vault: {
    name: [...noNames, undefined],
    version: noVersions,
    password: ['x'],
    certificate: [certificate],
  },
  key: {
    name: [...noNames, undefined],
    version: noVersions,
    certificate: [...noTexts, undefined],
    source: ['key_vault'],
    private_key: [private_key],
  },
  client_secret: {
    value: [...noTexts, undefined, 'a b', 'a\n', 'é', 'x'.repeat(257)],
    expires_at: [...noTimes, undefined, '2020-01-01T00:00:00Z'],
    certificate: [certificate],
    source: ['value'],
    password: ['x'],
  },
}

async function everything() {
  const listed = await operator('GET', '/credentials?page_size=200')
  const secrets = await vault('GET', vaultPath('/secrets'))
  const keys = await vault('GET', vaultPath('/keys'))
  t.strictSame([listed.status, secrets.status, keys.status], [200, 200, 200])
  return [listed.body, secrets.body, keys.body]
}

for (const [form, valid] of Object.entries(forms)) {
  t.test(`${form}: each wrong member is named, and no other form is spoken of`, async (t) => {
    const before = await everything()
    await vault('DELETE', '/_sandbox/requests')
    const cases = Object.entries(Object.entries(wrong).find(([name]) => name === form)?.[1] ?? {})
    for (const [member, values] of [...cases, ['more', [1]] as const]) {
      for (const value of values) {
        const reply = await holder.add({ ...valid, [member]: value })
        const about = `${member}: ${JSON.stringify(value)?.slice(0, 60)}`
        expectProblem(t, reply, invalid, about)
        t.strictSame(pointersOf(reply), [`/${member}`], about)
      }
    }
    t.equal((await vault('GET', '/_sandbox/requests')).body['total'], 0, 'the vault heard nothing of it')
    t.strictSame(await everything(), before)
  })

  t.test(`${form}: no more than 64 KB are read`, async (t) => {
    const reply = await holder.add({ ...valid, more: 'x'.repeat(65_536) })
    expectProblem(t, reply, { status: 413, code: 'body_too_large' })
    const fits = await holder.add({ ...valid, more: 'x'.repeat(60_000) })
    expectProblem(t, fits, { ...invalid, pointer: '/more' })
  })
}

t.test('a client secret that has expired', async (t) => {
  const reply = await holder.add({
    ...forms.client_secret,
    value: secret,
    expires_at: '2020-01-01T00:00:00Z',
  })
  expectProblem(t, reply, { ...invalid, pointer: '/expires_at' })
  t.notMatch(JSON.stringify(reply.body), secret, 'what was sent is not repeated')
})

t.test('a form that does not exist', async (t) => {
  for (const [body, pointer] of [
    [{ type: 'password', value: 'x' }, '/type'],
    [{ source: 'generated' }, '/type'],
    [{ type: 'certificate' }, '/source'],
    [{ type: 'certificate', source: 'value', value: 'x' }, '/source'],
  ] as const) {
    const reply = await holder.add(body)
    expectProblem(t, reply, invalid, JSON.stringify(body))
    t.strictSame(pointersOf(reply), [pointer])
  }
})

t.test('what no application could prove itself with', async (t) => {
  const put = (path: string, body: object) => expectSuccess(vault('PUT', vaultPath(path), body))
  await put('/secrets/text', { value: 'hello', contentType: 'text/plain' })
  await put('/secrets/torn', { value: pkcs12.slice(0, 800), contentType: 'application/x-pkcs12' })
  await put('/secrets/off', { value: `${private_key}${certificate}`, attributes: { enabled: false } })
  await put('/secrets/mixed', { value: `${private_key}${openssl.text('other.crt')}` })
  const rsa = await expectSuccess(
    vault('POST', vaultPath('/keys/rsa/create'), { kty: 'RSA', key_size: 2048 }),
  )
  const unusable = {
    off: { attributes: { enabled: false } },
    reader: { key_ops: ['verify'] },
    old: { attributes: { exp: 1_000_000_000 } },
  }
  for (const [name, more] of Object.entries(unusable)) {
    await expectSuccess(vault('POST', vaultPath(`/keys/${name}/create`), { kty: 'RSA', ...more }))
  }
  const version = String(members(rsa['key'])['kid']).split('/').at(-1)
  const before = await everything()
  const other = openssl.text('other.key')
  const cases: readonly (readonly [name: string, body: object, detail: RegExp])[] = [
    ['the key of another certificate', { ...forms.pem, private_key: other }, /does not belong/],
    ['no password where there is one', { ...forms.pkcs12, password: undefined }, /has a password/],
    ['a wrong password', { ...forms.pkcs12, password: 'wrong' }, /password does not open/],
    ['no key', { ...forms.pkcs12, pkcs12: openssl.base64('keyless.pfx') }, /private key/],
    ['no base64', { ...forms.pkcs12, pkcs12: 'data:application/x-pkcs12;base64,AAAA' }, /base64/],
    ['no PKCS#12', { ...forms.pkcs12, pkcs12: 'AAAA' }, /PKCS#12/],
    ['a torn file', { ...forms.pkcs12, pkcs12: pkcs12.slice(0, 800) }, /PKCS#12/],
    ['a secret that is not there', { ...forms.key_vault, name: 'nowhere' }, /no secret "nowhere"/],
    ['a version that is not there', { ...forms.key_vault, name: 'text', version: 'f' }, /no secret "text"/],
    ['a disabled secret', { ...forms.key_vault, name: 'off' }, /no secret "off"/],
    ['a secret that is no certificate', { ...forms.key_vault, name: 'text' }, /\w/],
    ['a torn secret', { ...forms.key_vault, name: 'torn' }, /\w/],
    ['a secret with a stranger’s key', { ...forms.key_vault, name: 'mixed' }, /does not belong/],
    ['a key that is not there', { ...forms.key, name: 'nowhere' }, /no key "nowhere"/],
    ['a key at no version', { ...forms.key, name: 'rsa', version: 'f'.repeat(32) }, /no key "rsa"/],
    ['a disabled key', { ...forms.key, name: 'off' }, /no key "off"/],
    ['a key that may not sign', { ...forms.key, name: 'reader' }, /no key "reader"/],
    ['an expired key', { ...forms.key, name: 'old' }, /no key "old"/],
    ['a certificate of another key', { ...forms.key, name: 'rsa', version }, /not for this key/],
    ['no certificate', { ...forms.key, name: 'rsa', certificate: 'none' }, /No certificate/],
    ['a private key as certificate', { ...forms.key, name: 'rsa', certificate: private_key }, /\w/],
  ]
  for (const [name, body, detail] of cases) {
    const reply = await holder.add(body)
    expectProblem(t, reply, refused, name)
    t.match(reply.body['detail'], detail, name)
    t.match(reply.body['hint'], /\w/, name)
    t.notMatch(JSON.stringify(reply.body), /BEGIN|MII|hello|wrong"/, `${name}: nothing of it comes back`)
  }
  t.strictSame(await everything(), before, 'nothing of all this was kept')
})
