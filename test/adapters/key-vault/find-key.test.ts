import t from 'tap'
import { generateEcKey } from '../../../sandbox/key-vault/key-material.ts'
import { certificateAt, must, other, putKey } from './material.ts'
import { connectVault } from './stage.ts'

t.test('a key is found at its latest version or the one that is named, and nothing is kept', async (t) => {
  const stage = await connectVault(t)
  const { vault } = stage
  const first = putKey(stage, 'signs')
  const second = putKey(stage, 'signs')
  const certificate = certificateAt('', '')
  t.strictSame(must(t, await vault.findKey({ name: 'signs', certificate })), {
    name: 'signs',
    version: second,
  })
  t.strictSame(must(t, await vault.findKey({ name: 'signs', version: first, certificate })), {
    name: 'signs',
    version: first,
  })
  t.equal(stage.count(`POST /keys/signs/${first}/sign`), 1)
})

t.test('a key that is rotated while it is looked at is found at the version that signed', async (t) => {
  const stage = await connectVault(t)
  const first = putKey(stage, 'signs')
  const sign = `/keys/signs/${first}/sign`
  stage.watch.each = async ({ url }) => {
    if (!url.startsWith(sign) || stage.bearer.accepted !== 'first') return
    putKey(stage, 'signs', { of: other })
    stage.bearer.renew()
  }
  const found = await stage.vault.findKey({ name: 'signs', certificate: certificateAt('', '') })
  t.strictSame(found, { ok: true, value: { name: 'signs', version: first } })
  t.equal(stage.bearer.asked, 2, 'although its bearer token was refused in between')
})

t.test('a key that is another certificate’s is refused with what to do about it', async (t) => {
  const stage = await connectVault(t)
  putKey(stage, 'theirs', { of: other })
  const refused = await stage.vault.findKey({ name: 'theirs', certificate: certificateAt('', '') })
  t.match(refused, {
    failure: { code: 'certificate_refused', detail: /not for this key/, hint: /public key/ },
  })
  putKey(stage, 'mine')
  t.ok((await stage.vault.findKey({ name: 'mine', certificate: certificateAt('', '') })).ok)
})

t.test('a key that is not there, or that cannot sign, is not found', async (t) => {
  const stage = await connectVault(t)
  const certificate = certificateAt('', '')
  const past = Math.floor(Date.now() / 1000) - 60
  putKey(stage, 'off', { attributes: { enabled: false } })
  putKey(stage, 'late', { attributes: { exp: past } })
  putKey(stage, 'early', { attributes: { nbf: past + 3600 } })
  putKey(stage, 'other', { keyOps: ['encrypt', 'verify'] })
  for (const name of ['nowhere', 'off', 'late', 'early', 'other']) {
    t.strictSame(
      await stage.vault.findKey({ name, certificate }),
      { ok: false, failure: { code: 'credential_unreadable', vaultName: name } },
      name,
    )
  }
  t.match(stage.described.slice(1), [
    { inner_code: 'KeyDisabled' },
    { inner_code: 'KeyNotUsable' },
    { inner_code: 'KeyNotUsable' },
    { inner_code: 'KeyNotUsable' },
  ])
})

t.test('a key that is not RSA is refused, for waiting would not mend it', async (t) => {
  const stage = await connectVault(t)
  stage.store.keys.put('curved', { content: await generateEcKey('P-256', undefined) })
  const refused = await stage.vault.findKey({ name: 'curved', certificate: certificateAt('', '') })
  t.match(refused, { failure: { code: 'certificate_refused', detail: /not RSA/, hint: /RSA keys/ } })
})

t.test('an answer without a signature is no signature', async (t) => {
  const stage = await connectVault(t)
  const version = putKey(stage, 'signs')
  for (const body of ['', 'null', '{}', '{"value":""}', 'no json', { kid: 'x', value: 7 }]) {
    await stage.fault({ match: `POST /keys/signs/${version}/sign`, status: 200, times: 1, body })
    const found = await stage.vault.findKey({ name: 'signs', certificate: certificateAt('', '') })
    t.match(found, { ok: false, failure: { code: 'key_vault_unavailable' } }, JSON.stringify(body))
  }
})
