import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import type { ApiClient } from '../../../sandbox/api-client.ts'
import { makePkcs12 } from '../../adapters/x509/make-pkcs12.ts'
import { openOpenssl } from '../../adapters/x509/openssl.ts'
import { createCanaries } from '../../http/canaries.ts'
import { echoes, startEcho } from '../../http/echo.ts'
import { items } from '../../http/json-value.ts'
import { createRawClient, json } from '../../http/raw-client.ts'
import { createSecretOrders, refusedBodies, vaultFaults } from '../../http/secret-orders.ts'
import { startWatchedBroker } from '../../http/watched-broker.ts'
import { addHolder, type Holder, smallest } from '../../routes/holder.ts'
import { addTenant } from '../../routes/stage.ts'
import { vaultPath } from '../../routes/vault-bearer.ts'

const canaries = createCanaries()
const secrets = new Map<string, string>()
const lines: string[] = []
const replies: string[] = []
const echo = await startEcho(t)
const { broker, demo, entra, vault, folder } = await startWatchedBroker(t, {
  secrets,
  lines,
  intercept: echo.intercept,
})
const send = createRawClient(broker.origin)

/** Asks as this client does, and keeps every reply, without the tokens that are meant to be in them. */
function keeping(key: string): ApiClient {
  return async (method, path, body, headers = {}) => {
    const reply = await send({
      method,
      path,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : json), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const { access_token: _, ...shown } = reply.body
    replies.push(
      JSON.stringify(reply.headers),
      'access_token' in reply.body ? JSON.stringify(shown) : reply.text,
    )
    return { status: reply.status, headers: reply.headers, body: { ...reply.body } }
  }
}

const operator = keeping(demo.operatorKey)
const caller = keeping(demo.callerKey)
const token = (tenant: string) => caller('POST', '/tokens', { tenant, scopes: ['Mail.Read'] })
const hands = { operator, entra, token }
const make = createSecretOrders(openOpenssl(t), canaries)
const good = make.orders('good')
const imported = make.pair('imported')
const kept = make.pair('kept')
const holders = new Map<string, Holder>()

t.test('what succeeds', async (t) => {
  const jwk = imported.key.export({ format: 'jwk' })
  t.equal((await vault('PUT', vaultPath('/keys/imported'), { key: jwk })).status, 200)
  const keys = [kept.key.export({ type: 'pkcs8', format: 'der' })]
  const pfx = makePkcs12({ keys, certificates: [new X509Certificate(kept.certificate).raw] })
  const secret = { value: pfx.toString('base64'), contentType: 'application/x-pkcs12' }
  t.equal((await vault('PUT', vaultPath('/secrets/kept'), secret)).status, 200)
  const orders = {
    generated: smallest,
    pem: good.pem,
    locked: good.locked,
    pkcs12: good.pkcs12,
    kept: { type: 'certificate', source: 'key_vault', name: 'kept' },
    imported: { type: 'key', name: 'imported', certificate: imported.certificate },
    secret: good.secret,
  }
  for (const [id, order] of Object.entries(orders)) {
    const holder = await addHolder(hands, id)
    const { body } = await holder.add(order)
    const portal =
      id === 'secret' ? { secrets: [good.secret.value] } : { certificates: [body['certificate']] }
    await holder.register(portal)
    t.equal((await holder.change(body['id'], { state: 'active' })).status, 200, id)
    t.equal((await holder.token()).status, 200, id)
    holders.set(id, holder)
  }
  t.equal((await operator('POST', '/key-vault/diagnosis')).status, 200)
})

t.test('what is refused', async (t) => {
  const holder = await addHolder(hands, 'refused')
  const orders = make.orders('refused')
  const wrong = make.text('wrong password')
  const { privateKey: stranger } = make.pair('stranger')
  for (const body of refusedBodies(orders, { stranger, wrong })) {
    const { status } = await operator('POST', holder.path, body)
    t.ok(status >= 400 && status < 500, `${status}`)
  }
  const text = { 'content-type': 'application/x-pem-file' }
  t.equal((await operator('POST', holder.path, orders.said, text)).status, 415)
  const { body } = await holder.add(orders.secret)
  t.equal((await holder.change(body['id'], { state: orders.secret.value })).status, 400)
  t.equal((await holder.change(body['id'], { state: 'active' })).status, 409, 'Entra knows no such client')
})

t.test('what Key Vault gets wrong', async (t) => {
  const { pem, secret, said } = make.orders('unlucky')
  const storing = await addHolder(hands, 'storing')
  const cold = await addHolder(hands, 'cold')
  const [certificate, value] = [(await cold.add(smallest)).body['id'], (await cold.add(secret)).body['id']]
  const signing = await addHolder(hands, 'signing')
  const order = { type: 'key', name: 'imported', certificate: imported.certificate }
  const key = (await signing.add(order)).body['id']
  const retired = (await storing.add(smallest)).body['id']
  await storing.change(retired, { state: 'retired' })
  const named = { type: 'certificate', source: 'key_vault', name: 'kept' }
  for (const [index, fault] of vaultFaults(said).entries()) {
    for (const match of ['GET /secrets', 'PUT /', 'DELETE /', 'POST /keys/'])
      await vault('POST', '/_sandbox/faults', { match, ...fault })
    const refused = await Promise.all([
      // Reading PEM takes a thread and a while; what is put into the vault takes the same way for both.
      ...[secret, named, ...(index % 3 === 0 ? [pem] : [])].map(storing.add),
      storing.remove(retired),
      ...[certificate, value].map((id) => cold.change(id, { state: 'active' })),
      signing.change(key, { state: 'active' }),
      operator('POST', '/key-vault/diagnosis'),
    ])
    await vault('DELETE', '/_sandbox/faults')
    t.ok(
      refused.every(({ status }) => status >= 400),
      `refused: ${refused.map(({ status }) => status).join(' ')}`,
    )
  }
})

t.test('what Entra gets wrong', async (t) => {
  for (const [id, order] of Object.entries({ pem: smallest, secret: good.secret, imported: smallest })) {
    const holder = holders.get(id)
    if (holder === undefined) return t.fail('no holder')
    const { clientId } = holder
    const pending = (await holder.add(order)).body['id']
    for (const [index, answer] of echoes.entries()) {
      const tenant = `${id}-${index}`
      await addTenant(hands, tenant, { application: id, clientId, roles: ['Mail.Read'] })
      await echo.during(answer, async () => {
        t.ok((await token(tenant)).status >= 400, 'no token')
        t.ok((await holder.change(pending, { state: 'active' })).status >= 400, 'no trial')
      })
    }
  }
})

t.test('what the broker itself gets wrong', async (t) => {
  const holder = await addHolder(hands, 'unwritten')
  const { pem, pkcs12, secret } = make.orders('unwritten')
  const database = new DatabaseSync(join(folder, 'registry.sqlite'))
  database.exec('alter table credential rename to away')
  for (const order of [pem, pkcs12, secret, smallest]) t.equal((await holder.add(order)).status, 500)
  database.exec('alter table away rename to credential')
  database.close()
})

/** What the broker made by itself, as only the vault knows it; and what travelled to Entra and to the vault. */
async function learnTheRest(): Promise<void> {
  for (const [name, secret] of secrets) canaries.addText(name, secret)
  let path = '/secrets?maxresults=25&api-version=2025-07-01'
  while (path !== '') {
    const { body } = await vault('GET', path)
    for (const { id } of items(body['value'])) {
      const name = new URL(String(id)).pathname
      const value = String((await vault('GET', vaultPath(name))).body['value'])
      if (value.startsWith('-----BEGIN')) canaries.addKey(name, createPrivateKey(value))
    }
    path = body['nextLink'] === null ? '' : String(body['nextLink']).replace(/^https:\/\/[^/]+/, '')
  }
}

t.test('the search finds what it looks for, however it is written', async (t) => {
  const { key, privateKey } = make.pair('shown')
  const value = make.text('shown text')
  const forms: Readonly<Record<string, string | Buffer>> = {
    PEM: privateKey,
    'PEM in JSON in JSON': JSON.stringify(JSON.stringify({ privateKey })),
    'PEM in a form': new URLSearchParams({ privateKey }).toString(),
    'PEM as base64': Buffer.from(`{"a":"${privateKey}"}`).toString('base64'),
    'DER in something': Buffer.concat([Buffer.from('x'), key.export({ type: 'pkcs1', format: 'der' })]),
    'DER as hex': key.export({ type: 'pkcs8', format: 'der' }).toString('hex'),
    'a number of a JWK': String(key.export({ format: 'jwk' }).qi),
    text: `client_secret=${value}&`,
    'text as base64': Buffer.from(`: ${value}`).toString('base64'),
    'the end of a text': value.slice(-24),
  }
  for (const [form, written] of Object.entries(forms)) {
    const found = canaries.find(Buffer.concat([Buffer.from('{'), Buffer.from(written), Buffer.from('}')]))
    t.equal(found.length, 1, form)
  }
  t.strictSame(canaries.find(Buffer.from(kept.certificate)), [], 'what is public is no secret')
})

t.test('nothing of it is where it must not be', async (t) => {
  await learnTheRest()
  for (const path of ['/metrics', '/openapi.json', '/export', '/credentials?page_size=200']) {
    t.equal((await operator('GET', path)).status, 200, path)
  }
  for (let path = '/audit?page_size=200'; path !== ''; ) {
    const { headers } = await operator('GET', path)
    path = /^<([^>]+)>; rel="next"$/.exec(String(headers['link']))?.[1] ?? ''
  }
  const places = new Map([
    ['the log', Buffer.from(lines.join(''))],
    ['the replies', Buffer.from(replies.join('\n'))],
  ])
  for (const file of readdirSync(folder).filter((name) => /^(registry|audit)/.test(name)))
    places.set(file, readFileSync(join(folder, file)))
  for (const name of ['audit.log', 'registry.sqlite', 'registry.sqlite-wal']) t.ok(places.has(name), name)

  const codes = new Set(replies.flatMap((reply) => /"code":"(\w+)"/.exec(reply)?.[1] ?? []))
  for (const code of [
    'key_vault_unavailable',
    'key_vault_denied',
    'credential_rejected',
    'certificate_refused',
  ])
    t.ok(codes.has(code), `${code} was reached`)
  for (const code of ['entra_unavailable', 'entra_nonsense', 'internal_error', 'invalid_request'])
    t.ok(codes.has(code), `${code} was reached`)
  for (const [place, bytes] of places) t.strictSame(canaries.find(bytes), [], `${place}: nothing`)
  const size = [...places.values()].reduce((sum, { length }) => sum + length, 0)
  t.comment(
    `${canaries.size} secrets looked for in ${size} bytes, ${replies.length} replies, ${lines.length} log lines`,
  )
})
