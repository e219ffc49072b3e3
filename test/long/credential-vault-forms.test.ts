import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import t from 'tap'
import { expectSuccess, text } from '../../sandbox/api-client.ts'
import { makePkcs12 } from '../adapters/x509/make-pkcs12.ts'
import { makePair, openOpenssl } from '../adapters/x509/openssl.ts'
import { members } from '../http/json-value.ts'
import { addReplica } from '../replicas.ts'
import { addHolder, expectWork } from '../routes/holder.ts'
import { expectAsOpenssl, expectMembers } from '../routes/shown.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const stage = await setStage(t)
const { vault, operator } = stage
const openssl = openOpenssl(t)

/** What the vault was asked while this was done, each route with how often. */
async function seen(work: () => Promise<unknown>): Promise<Map<string, number>> {
  await vault('DELETE', '/_sandbox/requests')
  await work()
  const { body } = await vault('GET', '/_sandbox/requests')
  return new Map(Object.entries(members(body['by_route'])).map(([route, count]) => [route, Number(count)]))
}

const starting = (routes: Map<string, number>, prefix: string) =>
  [...routes].filter(([route]) => route.startsWith(prefix)).reduce((sum, [, count]) => sum + count, 0)

/** A version of a certificate as Key Vault shows it among its secrets; gives the version. */
async function keep(name: string, pair: string, form: 'pfx' | 'pem'): Promise<string> {
  const key = openssl.text(`${pair}.key`)
  const certificate = openssl.text(`${pair}.crt`)
  const pfx = () =>
    makePkcs12({
      keys: [createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })],
      certificates: [new X509Certificate(certificate).raw],
    }).toString('base64')
  const secret =
    form === 'pfx'
      ? { value: pfx(), contentType: 'application/x-pkcs12' }
      : { value: `${key}${certificate}`, contentType: 'application/x-pem-file' }
  const { id } = await expectSuccess(vault('PUT', vaultPath(`/secrets/${name}`), secret))
  return String(id).split('/').at(-1) ?? ''
}

for (const form of ['pfx', 'pem'] as const) {
  t.test(`a certificate that Key Vault keeps as ${form}, at the version that was there`, async (t) => {
    const [old, next] = [`${form}-old`, `${form}-next`]
    makePair(openssl, old)
    makePair(openssl, next)
    const version = await keep(form, old, form)
    const holder = await addHolder(stage, form)
    const routes = await seen(async () => {
      const added = await holder.add({ type: 'certificate', source: 'key_vault', name: form })
      const { body } = added
      t.match(body, { type: 'certificate', source: 'key_vault', key_vault: { name: form, version } })
      expectMembers(t, body)
      expectAsOpenssl(t, openssl, body, `${old}.crt`)
      await expectWork(t, stage, holder, added, { certificates: [openssl.text(`${old}.crt`)] })
    })
    t.equal(starting(routes, 'PUT '), 0, 'nothing is copied')

    const newer = await keep(form, next, form)
    t.not(newer, version)
    const cold = await addReplica(t, stage)
    const reads = await seen(async () => {
      const reply = await cold.caller('POST', '/tokens', { tenant: form, scopes: ['Mail.Read'] })
      t.equal(reply.status, 200, 'Entra knows the old certificate alone')
      t.equal((await stage.readMail(text(reply.body, 'access_token'))).status, 200)
    })
    t.equal(reads.get(`GET /secrets/${form}/${version}`), 1)

    const other = await addHolder(stage, `${form}-by-version`)
    const order = { type: 'certificate', source: 'key_vault', name: form, version: newer }
    const second = await other.add(order)
    t.match(second.body, { key_vault: { name: form, version: newer } }, 'a version that was asked for')
    await expectWork(t, stage, other, second, { certificates: [openssl.text(`${next}.crt`)] })
  })
}

const issuer = 'issuer'
makePair(openssl, issuer)

/** A certificate for a key of the vault, whose private half nobody has; gives its file. */
function certify(name: string, jwk: unknown): string {
  const { kty, n, e } = members(jwk)
  const key = createPublicKey({ key: { kty: String(kty), n: String(n), e: String(e) }, format: 'jwk' })
  openssl.write(`${name}.pub`, key.export({ type: 'spki', format: 'pem' }))
  const signer = `-CA ${issuer}.crt -CAkey ${issuer}.key`
  openssl.run(`x509 -new -force_pubkey ${name}.pub -subj /CN=${name} ${signer} -days 90 -out ${name}.crt`)
  return `${name}.crt`
}

const ways = {
  made: () => vault('POST', vaultPath('/keys/made/create'), { kty: 'RSA', key_size: 3072 }),
  imported: () => {
    makePair(openssl, 'imported-pair')
    const jwk = createPrivateKey(openssl.text('imported-pair.key')).export({ format: 'jwk' })
    return vault('PUT', vaultPath('/keys/imported'), { key: jwk })
  },
}

for (const [name, make] of Object.entries(ways)) {
  t.test(`a key that was ${name} in Key Vault signs there and never leaves it`, async (t) => {
    const { key } = await expectSuccess(make())
    const file = certify(name, key)
    const version = String(members(key)['kid']).split('/').at(-1)
    const holder = await addHolder(stage, name)
    if (name === 'imported') {
      const { headers } = await operator('GET', `/applications/${name}`)
      const ifMatch = { 'if-match': String(headers['etag']) }
      await expectSuccess(operator('PATCH', `/applications/${name}`, { signing_alg: 'RS256' }, ifMatch))
    }
    const routes = await seen(async () => {
      const added = await holder.add({ type: 'key', name, certificate: openssl.text(file) })
      const { body } = added
      t.match(body, { type: 'key', source: 'key_vault', key_vault: { name, version } })
      expectMembers(t, body)
      expectAsOpenssl(t, openssl, body, file)
      await expectWork(t, stage, holder, added, { certificates: [openssl.text(file)] })
    })
    const signatures = routes.get(`POST /keys/${name}/${version}/sign`) ?? 0
    t.ok(signatures >= 2, 'once to see that it can, and for Entra')
    t.equal(starting(routes, 'GET /secrets/'), 0, 'no secret is read')
    t.equal(starting(routes, 'PUT '), 0, 'none is written')
    t.comment(`${signatures} signatures, ${starting(routes, 'GET /secrets/')} secrets read`)
  })
}
