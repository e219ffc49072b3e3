import { randomBytes } from 'node:crypto'
import t from 'tap'
import { text } from '../../sandbox/api-client.ts'
import { makePair, openOpenssl } from '../adapters/x509/openssl.ts'
import { members } from '../http/json-value.ts'
import { addHolder, expectWork } from '../routes/holder.ts'
import { expectAsOpenssl, expectMembers } from '../routes/shown.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const stage = await setStage(t)
const { vault } = stage
const openssl = openOpenssl(t)
const password = randomBytes(18).toString('base64url')

for (const size of [2048, 3072, 4096]) {
  t.test(`a certificate that the broker makes, of ${size} bits`, async (t) => {
    const holder = await addHolder(stage, `generated-${size}`)
    const added = await holder.add({
      type: 'certificate',
      source: 'generated',
      key_size: size,
      validity_days: 30,
    })
    const { body } = added
    t.match(body, { type: 'certificate', source: 'generated', key_vault: { name: /^gtb-/ } })
    expectMembers(t, body)
    expectAsOpenssl(t, openssl, body)
    t.match(openssl.run('x509 -in shown.pem -noout -text'), `Public-Key: (${size} bit)`)
    t.match(openssl.run('verify -CAfile shown.pem shown.pem'), 'OK', 'it signed itself')
    await expectWork(t, stage, holder, added, { certificates: [body['certificate']] })
  })
}

t.test('a certificate and its key as PEM files', async (t) => {
  makePair(openssl, 'root')
  makePair(openssl, 'leaf', 'rsa:2048', 'root')
  openssl.run('pkey -in leaf.key -traditional -out pkcs1.key')
  openssl.run(`pkcs8 -topk8 -in leaf.key -out aes.key -passout pass:${password}`)
  openssl.run(`pkcs8 -topk8 -v1 PBE-SHA1-3DES -in leaf.key -out 3des.key -passout pass:${password}`)
  openssl.run(`rsa -in leaf.key -traditional -aes256 -out traditional.key -passout pass:${password}`)
  const forms = [
    { id: 'pkcs8', private_key: openssl.text('leaf.key') },
    { id: 'pkcs1', private_key: openssl.text('pkcs1.key') },
    { id: 'encrypted-aes', private_key: openssl.text('aes.key'), password },
    { id: 'encrypted-3des', private_key: openssl.text('3des.key'), password },
    { id: 'encrypted-traditional', private_key: openssl.text('traditional.key'), password },
  ]
  for (const { id, ...key } of forms) {
    await t.test(id, async (t) => {
      const holder = await addHolder(stage, id)
      const certificate = `${openssl.text('leaf.crt')}${openssl.text('root.crt')}`
      const added = await holder.add({ type: 'certificate', source: 'pem', certificate, ...key })
      const { body } = added
      t.match(body, { type: 'certificate', source: 'pem', key_vault: { name: /^gtb-/ } })
      expectMembers(t, body)
      expectAsOpenssl(t, openssl, body, 'leaf.crt')
      t.equal(text(body, 'certificate').match(/BEGIN CERTIFICATE/g)?.length, 2, 'the chain is kept')
      await expectWork(t, stage, holder, added, { certificates: [openssl.text('leaf.crt')] })
    })
  }
})

t.test('a certificate and its key in one PKCS#12 file', async (t) => {
  makePair(openssl, 'packed')
  const pack = 'pkcs12 -export -inkey packed.key -in packed.crt'
  openssl.run(`${pack} -out aes.pfx -passout pass:${password}`)
  openssl.run(`${pack} -out open.pfx -passout pass:`)
  openssl.runLegacy(`${pack} -legacy -out rc2.pfx -passout pass:${password}`)
  const des = '-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1'
  openssl.runLegacy(`${pack} ${des} -out 3des.pfx -passout pass:${password}`)
  for (const file of ['aes.pfx', 'rc2.pfx', '3des.pfx', 'open.pfx']) {
    await t.test(file, async (t) => {
      const holder = await addHolder(stage, file.replace('.', '-'))
      const added = await holder.add({
        type: 'certificate',
        source: 'pkcs12',
        pkcs12: openssl.base64(file),
        ...(file !== 'open.pfx' && { password }),
      })
      const { body } = added
      t.match(body, { type: 'certificate', source: 'pkcs12', key_vault: { name: /^gtb-/ } })
      expectMembers(t, body)
      expectAsOpenssl(t, openssl, body, 'packed.crt')
      await expectWork(t, stage, holder, added, { certificates: [openssl.text('packed.crt')] })
      const { name, version } = members(body['key_vault'])
      const kept = await vault('GET', vaultPath(`/secrets/${String(name)}/${String(version)}`))
      t.match(kept.body, { contentType: 'application/x-pem-file', value: /^-----BEGIN PRIVATE KEY-----\n/ })
    })
  }
})

t.test('a client secret that Entra made', async (t) => {
  const holder = await addHolder(stage, 'secret')
  const value = `abc8Q~${randomBytes(20).toString('base64url')}`
  const expires_at = new Date(Date.now() + 90 * 86_400_000).toISOString()
  const added = await holder.add({ type: 'client_secret', value, expires_at })
  const { body } = added
  t.match(body, { type: 'client_secret', source: 'value', expires_at, key_vault: { name: /^gtb-/ } })
  expectMembers(t, body)
  t.notMatch(JSON.stringify(body), value)
  await expectWork(t, stage, holder, added, { secrets: [{ value, expires_at }] })
  const { name, version } = members(body['key_vault'])
  const kept = await vault('GET', vaultPath(`/secrets/${String(name)}/${String(version)}`))
  t.match(kept.body, { contentType: 'text/plain', value, tags: { 'created-by': 'graph-token-broker' } })
  t.equal(Number(members(kept.body['attributes'])['exp']), Math.floor(Date.parse(expires_at) / 1000))
})
