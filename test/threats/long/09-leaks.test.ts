import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import type { Dispatcher } from 'undici'
import { makeCertificate, pemOf } from '../../adapters/x509/make-certificate.ts'
import { createRawClient, json, type RawReply } from '../../http/raw-client.ts'
import { startWatchedBroker } from '../../http/watched-broker.ts'

/** What must never be found, by the name of what it is. */
const secrets = new Map<string, string>()
const replies: string[] = []
const lines: string[] = []
const { broker, demo, entra, vault, folder } = await startWatchedBroker(t, { secrets, lines })
const send = createRawClient(broker.origin)
const registry = join(folder, 'registry.sqlite')
const forged = `eyJhbGciOiJub25lIn0.${Buffer.from('{"never":"shown"}').toString('base64url')}.c2lnbmF0dXJl`
const unknownKey = `gtb.${'0123456789abcdef'}.${'Q'.repeat(43)}`

secrets.set('operator key', demo.operatorKey)
secrets.set('caller key', demo.callerKey)
secrets.set('bootstrap key', broker.bootstrapKey)
secrets.set('unknown key', unknownKey)
secrets.set('broker secret', readFileSync(join(folder, 'broker-secret'), 'utf8'))
secrets.set('forged token', forged)

/** Asks, and keeps every reply that is not meant to hold a secret. */
async function call(method: Dispatcher.HttpMethod, path: string, body?: unknown, key = demo.operatorKey) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : json) }
  const reply = await send({ method, path, headers, ...(body === undefined ? {} : { body: text }) })
  const { access_token, key: made } = reply.body
  if (typeof access_token === 'string') secrets.set(`access token ${secrets.size}`, access_token)
  else if (typeof made === 'string') secrets.set(`made key ${secrets.size}`, made)
  else replies.push(`${JSON.stringify(reply.headers)}\n${reply.text}`)
  return reply
}

const token = (tenant: string, more = {}) =>
  call('POST', '/tokens', { tenant, scopes: ['Mail.Read'], ...more }, demo.callerKey)

async function during(service: typeof entra, faults: readonly object[], work: () => Promise<RawReply>) {
  for (const fault of faults) {
    await service('POST', '/_sandbox/faults', fault)
    const { status } = await work()
    t.ok(status >= 400, `a failure: ${status}`)
    await service('DELETE', '/_sandbox/faults')
  }
}

async function newTenant(): Promise<string> {
  const id = `t${secrets.size}-${replies.length}`
  const directory_id = crypto.randomUUID()
  const consents = `/_sandbox/directories/${directory_id}/consents/${demo.clientId}`
  await entra('PUT', consents, { roles: ['Mail.Read'] })
  await call('POST', '/tenants', { id, directory_id, applications: ['demo'] })
  return id
}

async function newUpload() {
  const made = await makeCertificate()
  const pem = pemOf(made.key)
  for (const [index, line] of pem.trim().split('\n').slice(1, -1).entries())
    secrets.set(`line ${index} of private key ${secrets.size}`, line)
  return { pem, body: { type: 'certificate', source: 'pem', certificate: made.pem, private_key: pem } }
}

const { pem, body: upload } = await newUpload()

t.test('what succeeds', async () => {
  for (const tenant of ['contoso', 'contoso', 'fabrikam', await newTenant()]) await token(tenant)
  for (const tenant of ['contoso', 'northwind']) await call('POST', `/tenants/${tenant}/diagnosis`)
  await call('POST', '/callers', { id: 'another', role: 'auditor', grants: [] })
  await call('POST', '/callers/another/keys', {})
  await call('POST', '/applications/demo/credentials', {
    type: 'certificate',
    source: 'generated',
    key_size: 2048,
  })
  for (const path of ['/applications', '/applications/demo/credentials', '/tenants', '/callers', '/scopes'])
    await call('GET', path)
})

t.test('what callers get wrong', async () => {
  for (const key of [unknownKey, broker.bootstrapKey, forged, `${demo.callerKey}x`])
    await call('GET', '/tenants', undefined, key)
  await token('northwind')
  await token('nobody')
  await token('contoso', { scopes: [forged] })
  await token('contoso', { more: 1 })
  await call('POST', '/tokens', `{"key": ${demo.callerKey}`)
  await call('POST', '/tokens', { tenant: demo.callerKey, scopes: [forged] })
  await call('GET', `/tenants?page_token=${forged}`)
  await call('GET', `/consent/${forged}`)
  await call('GET', `/nowhere/${demo.operatorKey}?access_token=${forged}`)
})

t.test('keys that are taken, refused, or lost on the way', async () => {
  const path = '/applications/demo/credentials'
  await call('POST', path, (await newUpload()).body)
  await call('POST', path, { ...upload, certificate: pem })
  await call('POST', path, { ...upload, private_key: pem.slice(0, -200) })
  await call('POST', path, { ...upload, source: pem })
  await call('POST', path, { ...upload, passphrase: pem })
  const match = 'PUT /secrets/'
  const faults = [
    { match, status: 400, body: `cannot read ${pem}` },
    {
      match,
      status: 400,
      body: { error: { code: 'BadParameter', message: pem, innererror: { code: forged } } },
    },
    { match, status: 401, body: `${forged} ${pem}` },
    { match, status: 403, body: '' },
    { match, status: 200, body: `no JSON ${pem}` },
  ]
  await during(vault, faults.slice(0, -1), () => call('POST', path, upload))
  await vault('POST', '/_sandbox/faults', faults.at(-1))
  await call('POST', path, upload)
  await vault('DELETE', '/_sandbox/faults')
})

t.test('what Entra gets wrong', async () => {
  const match = 'POST /'
  const error = (code: number) => ({
    error: code === 999999 ? forged : 'invalid_client',
    error_description: `AADSTS${code}: ${forged} ${demo.callerKey}`,
    error_codes: [code],
    trace_id: forged,
    correlation_id: demo.callerKey,
    claims: forged,
  })
  const faults = [
    { match, status: 200, body: { access_token: forged, token_type: 'Bearer' } },
    { match, status: 200, body: `<b>${forged}</b>` },
    { match, status: 500, body: forged },
    { match, reset: true },
    { match, status: 302, headers: { location: `https://localhost:1/?client_assertion=${forged}` } },
    ...[700027, 700024, 53003, 1002012, 999999].map((code) => ({ match, status: 401, body: error(code) })),
  ]
  for (const fault of faults) {
    const tenant = await newTenant()
    await during(entra, [fault], () => token(tenant))
    await entra('POST', '/_sandbox/faults', fault)
    await call('POST', `/tenants/${tenant}/diagnosis`)
    await entra('DELETE', '/_sandbox/faults')
  }
})

t.test('faults of the broker itself', async (t) => {
  const database = new DatabaseSync(registry)
  for (const table of ['credential', 'caller_key', 'observation']) {
    database.exec(`alter table ${table} rename to away`)
    await call('POST', '/applications/demo/credentials', upload)
    await call('POST', '/callers/demo-service/keys', {})
    await token(await newTenant())
    database.exec(`alter table away rename to ${table}`)
  }
  database.close()
  const failed = replies.filter((reply) => reply.includes('"code":"internal_error"'))
  t.ok(failed.length >= 2, `${failed.length} replies say no more than that the broker failed`)
})

t.test('none of the secrets is where it must not be', async (t) => {
  await call('GET', '/metrics')
  await call('GET', '/openapi.json')
  const places: Record<string, string> = { 'the log': lines.join(''), 'the replies': replies.join('\n') }
  for (const file of readdirSync(folder).filter((name) => /^(registry|audit)/.test(name))) {
    places[file] = readFileSync(join(folder, file), 'latin1')
  }
  t.ok(['audit.log', 'registry.sqlite', 'registry.sqlite-wal'].every((name) => name in places))
  t.ok(
    lines.length > 20 && lines.every((line) => typeof JSON.parse(line) === 'object'),
    `${lines.length} lines`,
  )
  t.match(places['audit.log'], /token\.issued[\s\S]+token\.denied/)

  const kinds = [...secrets.keys()].join()
  for (const kind of ['access token', 'made key', 'client assertion', 'vault bearer', 'private key'])
    t.match(kinds, kind)
  for (const [place, text] of Object.entries(places)) {
    const found = [...secrets].filter(
      ([, secret]) => text.includes(secret) || text.includes(secret.slice(-30)),
    )
    t.strictSame(
      found.map(([name]) => name).filter((name) => !echoed(place, name)),
      [],
      `${place}: nothing`,
    )
    t.notMatch(text, /PRIVATE KEY-----(?!\[)[^-]{30}/, place)
  }
})

/** A caller gets its own unknown scopes back, cut; the audit keeps what was asked for in full. */
function echoed(place: string, name: string): boolean {
  return name === 'forged token' && place === 'the replies'
}
