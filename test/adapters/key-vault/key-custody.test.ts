import { mock } from 'node:test'
import t from 'tap'
import { pemOf } from '../x509/make-certificate.ts'
import { makePkcs12 } from '../x509/make-pkcs12.ts'
import {
  bundleOf,
  certificateAt,
  clientSecretAt,
  codeOf,
  keyAt,
  made,
  must,
  newSecret,
  other,
  pem,
  putKey,
  putSecret,
  signs,
} from './material.ts'
import { connectVault } from './stage.ts'

/** As Key Vault shows the private key of a certificate that it made. */
const pfx = makePkcs12({
  keys: [made.key.export({ type: 'pkcs8', format: 'der' })],
  certificates: [Buffer.from(made.certificate.rawData)],
}).toString('base64')

t.test('a certificate that the broker stored signs', async (t) => {
  const { custody, vault } = await connectVault(t)
  const { version } = must(t, await vault.store(newSecret('gtb-a')))
  const loaded = await custody.proof(certificateAt('gtb-a', version))
  t.match(loaded, { value: { kind: 'signature', remote: false } })
  t.ok(await signs(loaded))
})

t.test('a certificate of Key Vault signs, whether it is PKCS#12 or PEM', async (t) => {
  const stage = await connectVault(t)
  const versions = {
    pfx: putSecret(stage, 'pfx', pfx, 'application/x-pkcs12'),
    pem: putSecret(stage, 'pem', pem, 'application/x-pem-file'),
  }
  for (const [name, version] of Object.entries(versions)) {
    const credential = { ...certificateAt(name, version), source: 'key_vault' } as const
    t.ok(await signs(await stage.custody.proof(credential)), name)
  }
  t.strictSame(stage.described, [])
})

t.test('a client secret is revealed to whoever asks for it by name, and shown to nobody', async (t) => {
  const { custody, vault } = await connectVault(t)
  const value = 'horse~staple'
  const { version } = must(t, await vault.store(newSecret('gtb-s', { value, contentType: 'text/plain' })))
  const proof = must(t, await custody.proof(clientSecretAt('gtb-s', version)))
  if (proof.kind !== 'secret') return t.fail('it signs')
  t.equal(proof.reveal(), value)
  t.notMatch(JSON.stringify(proof), value)
})

t.test('a key signs in the vault, and never leaves it', async (t) => {
  const stage = await connectVault(t)
  const version = putKey(stage, 'key')
  const loaded = await stage.custody.proof(keyAt('key', version))
  t.match(loaded, { value: { kind: 'signature', remote: true } })
  const sign = `POST /keys/key/${version}/sign`
  t.equal(stage.count(sign), 1, 'to see whose it is')
  t.ok(await signs(loaded))
  t.equal(stage.count(sign), 3)
  t.strictSame(
    new Set(stage.arrivals.map(({ route }) => route)),
    new Set([`GET /keys/key/${version}`, sign]),
    'no secret is read, and nothing is listed',
  )
})

t.test('the version that was pinned is used, not the newest', async (t) => {
  const stage = await connectVault(t)
  const { custody } = stage
  const pinned = [
    certificateAt('certificate', putSecret(stage, 'certificate')),
    keyAt('key', putKey(stage, 'key')),
  ]
  putSecret(stage, 'certificate', bundleOf(other))
  putKey(stage, 'key', { of: other })
  for (const credential of pinned) t.ok(await signs(await custody.proof(credential)), credential.type)
  const first = clientSecretAt('secret', putSecret(stage, 'secret', 'first'))
  putSecret(stage, 'secret', 'second')
  const proof = must(t, await custody.proof(first))
  t.equal(proof.kind === 'secret' && proof.reveal(), 'first')
})

t.test('a secret that is not there, switched off, or not what the registry expects', async (t) => {
  const stage = await connectVault(t)
  const { custody, store } = stage
  t.equal(codeOf(await custody.proof(certificateAt('none', '0'.repeat(32)))), 'credential_unreadable')
  const off = putSecret(stage, 'off')
  store.secrets.update('off', off, { attributes: { enabled: false } })
  t.equal(codeOf(await custody.proof(certificateAt('off', off))), 'credential_unreadable')
  const wrong = {
    'another certificate': bundleOf(other),
    'another key': `${pemOf(other.key)}${made.pem}`,
    'no key': made.pem,
    'no certificate': pemOf(made.key),
    'the certificate behind another': `${pemOf(made.key)}${other.pem}${made.pem}`,
    nothing: '',
    garbage: 'x',
  }
  for (const [index, [name, text]] of Object.entries(wrong).entries()) {
    const credential = certificateAt(`wrong-${index}`, putSecret(stage, `wrong-${index}`, text))
    const failure = { code: 'credential_unreadable', vaultName: credential.vaultName }
    t.strictSame(await custody.proof(credential), { ok: false, failure }, name)
    // Of a chain that somebody else put there, the certificate is found wherever it stands.
    if (name === 'the certificate behind another') continue
    const theirs = { ...credential, uid: `theirs-${index}`, source: 'key_vault' } as const
    t.strictSame(await custody.proof(theirs), { ok: false, failure }, `${name}, put there by another`)
  }
  const empty = clientSecretAt('empty', putSecret(stage, 'empty', ''))
  t.equal(codeOf(await custody.proof(empty)), 'credential_unreadable')
})

t.test('a key that is another certificate’s, not there, or must not sign', async (t) => {
  const stage = await connectVault(t)
  const past = Math.floor(Date.now() / 1000) - 60
  const versions = {
    theirs: putKey(stage, 'theirs', { of: other }),
    off: putKey(stage, 'off', { attributes: { enabled: false } }),
    late: putKey(stage, 'late', { attributes: { exp: past } }),
    early: putKey(stage, 'early', { attributes: { nbf: past + 3600 } }),
    mute: putKey(stage, 'mute', { keyOps: ['encrypt', 'verify'] }),
    none: '0'.repeat(32),
  }
  for (const [vaultName, version] of Object.entries(versions)) {
    t.strictSame(
      await stage.custody.proof(keyAt(vaultName, version)),
      { ok: false, failure: { code: 'credential_unreadable', vaultName } },
      vaultName,
    )
  }
})

t.test('a key that is switched off while it is held is looked up anew once it is on again', async (t) => {
  const stage = await connectVault(t)
  const { custody, store } = stage
  const credential = keyAt('key', putKey(stage, 'key'))
  const switchTo = (enabled: boolean) =>
    store.keys.update('key', credential.vaultVersion, { attributes: { enabled } })
  const proof = must(t, await custody.proof(credential))
  if (proof.kind !== 'signature') return t.fail('it does not sign')
  switchTo(false)
  const refused = await proof.sign('PS256', Buffer.from('x'))
  t.strictSame(refused, { ok: false, failure: { code: 'credential_unreadable', vaultName: 'key' } })
  t.equal(codeOf(await custody.proof(credential)), 'credential_unreadable')
  switchTo(true)
  t.ok(await signs(await custody.proof(credential)))
})

t.test('a key whose time runs out while it is held signs again once it is given more', async (t) => {
  const stage = await connectVault(t)
  const { custody, store } = stage
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  t.teardown(() => mock.timers.reset())
  const end = Math.floor(Date.now() / 1000) + 60
  const credential = keyAt('key', putKey(stage, 'key', { attributes: { exp: end } }))
  const proof = must(t, await custody.proof(credential))
  if (proof.kind !== 'signature') return t.fail('it does not sign')
  mock.timers.setTime(end * 1000 + 1)
  t.equal(codeOf(await proof.sign('PS256', Buffer.from('x'))), 'credential_unreadable')
  store.keys.update('key', credential.vaultVersion, { attributes: { exp: end + 60 } })
  t.ok(await signs(await custody.proof(credential)))
})
