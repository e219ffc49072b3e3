import { createPrivateKey, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { expectSuccess } from '../../../sandbox/api-client.ts'
import { deriveKeys, parseBrokerSecret } from '../../../src/broker/broker-secret.ts'
import type { Failure } from '../../../src/domain/failure.ts'
import { openOpenssl } from '../../adapters/x509/openssl.ts'
import { createCanaries } from '../../http/canaries.ts'
import { items } from '../../http/json-value.ts'
import { createRawClient, json } from '../../http/raw-client.ts'
import { createSecretOrders } from '../../http/secret-orders.ts'
import { startWatchedBroker } from '../../http/watched-broker.ts'
import { smallest } from '../../routes/holder.ts'
import { addTenant } from '../../routes/stage.ts'
import { vaultPath } from '../../routes/vault-bearer.ts'
import { sinksOf } from '../sinks.ts'

t.setTimeout(300_000)

const canaries = createCanaries()
const secrets = new Map<string, string>()
const lines: string[] = []
const replies: string[] = []
const { broker, demo, entra, vault, folder } = await startWatchedBroker(t, { secrets, lines })
const send = createRawClient(broker.origin, demo.operatorKey)
const make = createSecretOrders(openOpenssl(t), canaries)
const orders = make.orders('sent')
const credentials = '/applications/demo/credentials'

secrets.set('operator key', demo.operatorKey)
secrets.set('caller key', demo.callerKey)
secrets.set('bootstrap key', broker.bootstrapKey)
const brokerSecret = readFileSync(join(folder, 'broker-secret'), 'utf8')
secrets.set('broker secret', brokerSecret)
const parsed = parseBrokerSecret(brokerSecret)
for (const purpose of ['consent-ticket', 'page-token'] as const)
  for (const key of parsed === undefined ? [] : deriveKeys(parsed, purpose))
    canaries.addBytes(`the key of ${purpose}`, key)

/** What Entra and the vault say back: everything that they were ever told. */
const said = () => [orders.said, ...secrets.values()].join(' ').slice(0, 40_000)

async function call(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  more = {},
) {
  const headers = { authorization: `Bearer ${demo.operatorKey}`, ...(body !== undefined && json), ...more }
  const payload = body === undefined ? {} : { body: JSON.stringify(body) }
  const reply = await send({ method, path, headers, ...payload })
  const { access_token, key, ...rest } = reply.body
  if (typeof access_token === 'string') secrets.set(`access token ${secrets.size}`, access_token)
  if (typeof key === 'string') secrets.set(`made key ${secrets.size}`, key)
  const isMeantToTell = access_token !== undefined || key !== undefined
  replies.push(`${JSON.stringify(reply.headers)} ${isMeantToTell ? JSON.stringify(rest) : reply.text}`)
  return { ...reply, body: { ...reply.body } }
}

const asCaller = { authorization: `Bearer ${demo.callerKey}` }
const token = (tenant: string, scopes = ['Mail.Read']) =>
  call('POST', '/tokens', { tenant, scopes }, asCaller)
const hands = { operator: call, entra, clientId: demo.clientId }
let made = 0

async function freshTenant(roles: readonly string[] | undefined = ['Mail.Read'], more: object = {}) {
  made += 1
  const id = `tenant-${made}`
  await addTenant(hands, id, { clientId: demo.clientId, ...(roles !== undefined && { roles }), more })
  return id
}

async function during(service: typeof entra, fault: object, work: () => Promise<unknown>): Promise<void> {
  await expectSuccess(service('POST', '/_sandbox/faults', fault))
  await work()
  await expectSuccess(service('DELETE', '/_sandbox/faults'))
}

/** Entra refuses with this code, and repeats in every member whatever it knows. */
function refusedBy(code: number, error = 'invalid_request', status = 400): Way {
  return async () => {
    // Replies of more than 64 KB are not looked at.
    const text = said().slice(-6_000)
    const body = {
      ...{ error, error_description: `AADSTS${code}: ${text}`, error_codes: [code] },
      ...{ trace_id: text, correlation_id: text, claims: text, suberror: text },
    }
    const tenant = await freshTenant()
    await during(entra, { match: 'POST /', status, body }, async () => {
      await token(tenant)
      await call('POST', `/tenants/${tenant}/diagnosis`)
    })
  }
}

/** A vault that fails in this way, and tells all. An application that was never used has to ask it. */
function vaultFails(status: number): Way {
  return async () => {
    made += 1
    const path = `/applications/cold-${made}`
    const application = { client_id: crypto.randomUUID(), display_name: 'x', permissions: ['Mail.Read'] }
    await expectSuccess(call('PUT', path, application))
    const { id } = await expectSuccess(call('POST', `${path}/credentials`, orders.secret))
    const change = { state: 'active', verify: false }
    const { headers } = await call('GET', `${path}/credentials/${String(id)}`)
    const etag = { 'if-match': String(headers['etag']) }
    const fault = { match: 'GET /secrets', status, body: { error: { code: said(), message: said() } } }
    await during(vault, fault, async () => {
      await call('PATCH', `${path}/credentials/${String(id)}`, change, etag)
      const tenant = await freshTenant(undefined, { applications: [`cold-${made}`] })
      await token(tenant)
      await call('POST', `/tenants/${tenant}/diagnosis`)
      await call('POST', credentials, { type: 'certificate', source: 'key_vault', name: 'nowhere' })
    })
  }
}

type Way = () => Promise<unknown>

async function settings(change: object) {
  await expectSuccess(entra('PUT', '/_sandbox/settings', change))
}

const another = { id: 'demo', client_id: crypto.randomUUID(), display_name: 'x', permissions: [] }
/** How each failure is come by; or, in a sentence, which other test has it. A new one must be given either. */
const ways: Readonly<Record<Failure['code'], Way | string>> = {
  invalid_request: () =>
    call('POST', credentials, { ...orders.pem, type: orders.pem.private_key, more: said() }),
  unknown_scope: () => token('contoso', [orders.secret.value.slice(0, 8), 'Mail.Raed']),
  no_permission_requested: () => token('contoso', ['openid']),
  mixed_resources: () => token('contoso', ['Mail.Read', 'outlook:IMAP.AccessAsApp']),
  unauthenticated: () =>
    call('GET', `/tenants?page_token=${demo.callerKey}`, undefined, {
      authorization: said()
        .replaceAll(/[^ -~]/g, ' ')
        .slice(0, 8000),
    }),
  issuer_unavailable: 'test/routes/jwt-callers.test.ts takes the issuer away',
  too_many_failures: async () => {
    const authorization = `Bearer gtb.${'a'.repeat(16)}.${said()
      .replaceAll(/[^ -~]/g, ' ')
      .slice(0, 100)}`
    for (let times = 0; times < 25; times += 1) await call('GET', '/tenants', undefined, { authorization })
  },
  rate_limited: async () => {
    const hasty = { id: 'hasty', role: 'caller', rate_limit: 1, grants: [] }
    await expectSuccess(call('POST', '/callers', hasty))
    const { body } = await call('POST', '/callers/hasty/keys', {})
    const as = { authorization: `Bearer ${String(body['key'])}` }
    for (let times = 0; times < 2; times += 1)
      await call('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] }, as)
  },
  unsupported_grant_type: 'test/routes/entra-facade-refusals.test.ts asks for others',
  unknown_resource: 'test/routes/entra-facade-refusals.test.ts asks for others',
  role_required: () => call('GET', '/export', undefined, asCaller),
  tenant_not_granted: () => token('nobody'),
  permission_not_granted: () => token('contoso', ['User.Read.All']),
  excess_permissions: async () => token(await freshTenant(['Mail.Read', 'User.Read.All'])),
  not_found: () => call('GET', '/applications/nobody'),
  already_exists: () => call('POST', '/applications', another),
  immutable_member: () => call('PUT', '/applications/demo', { ...another, id: undefined }),
  in_use: () => call('DELETE', '/applications/demo'),
  last_operator: () => call('DELETE', '/callers/operator'),
  conflict: async () => {
    for (let times = 0; times < 4; times += 1) await call('POST', '/callers/demo-service/keys', {})
    const { body } = await call('GET', credentials)
    for (const { id } of items(body['items'])) await call('DELETE', `${credentials}/${String(id)}`)
  },
  precondition_required: () => call('PATCH', '/tenants/contoso', { enabled: true }),
  precondition_failed: () =>
    call('PATCH', '/tenants/contoso', { enabled: true }, { 'if-match': '"1000000"' }),
  entra_busy: 'test/broker/guard-issuer.test.ts has hundreds wait',
  overloaded: 'test/http/overload.test.ts has the event loop late',
  registry_unavailable: 'replicas.test.ts stops the database under three replicas',
  tenant_disabled: async () => token(await freshTenant(['Mail.Read'], { enabled: false })),
  permission_not_declared: async () => {
    const grants = [{ tenants: '*', permissions: ['User.Read.All', 'Mail.Read'], excess: 'allow' }]
    const wide = { id: 'wide', role: 'caller', grants }
    await expectSuccess(call('POST', '/callers', wide))
    const { body } = await call('POST', '/callers/wide/keys', {})
    const as = { authorization: `Bearer ${String(body['key'])}` }
    await call('POST', '/tokens', { tenant: 'contoso', scopes: ['User.Read.All'] }, as)
  },
  consent_missing: () => token('northwind'),
  roles_unverifiable: async () => {
    await settings({ opaque_tokens: true })
    await token(await freshTenant())
    await settings({ opaque_tokens: false })
  },
  domain_not_found: () =>
    call('POST', '/tenants', { id: 'lost', domain: 'nowhere.example', applications: ['demo'] }),
  application_not_in_directory: () => call('POST', '/tenants/northwind/diagnosis'),
  directory_not_found: refusedBy(90002),
  wrong_cloud: refusedBy(900382),
  resource_not_found: refusedBy(500011, 'invalid_resource'),
  application_disabled: refusedBy(7000112, 'unauthorized_client'),
  credential_missing: async () => {
    await expectSuccess(
      call('PUT', '/applications/empty', { ...another, id: undefined, permissions: ['Mail.Read'] }),
    )
    await token(await freshTenant(undefined, { applications: ['empty'] }))
  },
  credential_rejected: refusedBy(700027, 'invalid_client', 401),
  assertion_expired: refusedBy(700024, 'invalid_client', 401),
  credential_unreadable: vaultFails(404),
  policy_blocked: refusedBy(53003, 'access_denied'),
  entra_throttled: refusedBy(90055, 'temporarily_unavailable', 429),
  entra_unavailable: refusedBy(90033, 'temporarily_unavailable', 503),
  entra_nonsense: refusedBy(999999, 'unheard_of', 418),
  key_vault_unavailable: vaultFails(500),
  key_vault_denied: vaultFails(403),
  certificate_refused: () =>
    call('POST', credentials, { ...orders.pkcs12, password: make.text('a wrong password') }),
  credential_expired: 'credential-expiry.test.ts lets the clock pass its end',
  credential_not_yet_valid: 'credential-expiry.test.ts looks before its beginning',
  verification_inconclusive: async () => {
    await expectSuccess(
      call('PUT', '/applications/lonely', { ...another, id: undefined, client_id: crypto.randomUUID() }),
    )
    const { id } = await expectSuccess(call('POST', '/applications/lonely/credentials', smallest))
    const path = `/applications/lonely/credentials/${String(id)}`
    const { headers } = await call('GET', path)
    await call('PATCH', path, { state: 'active' }, { 'if-match': String(headers['etag']) })
  },
  audit_unavailable: 'file-sink.test.ts has a full disk, and its lines are never shown',
  not_ready: 'health.test.ts; it says nothing but what is amiss',
}

t.test('09 each failure that there is has been seen', async (t) => {
  for (const order of [orders.pem, orders.locked, orders.pkcs12, orders.secret, smallest])
    await call('POST', credentials, order)
  for (const tenant of ['contoso', 'fabrikam']) await token(tenant)
  for (const [code, way] of Object.entries(ways)) {
    if (typeof way === 'string') continue
    const before = replies.length
    await way()
    t.ok(
      replies.slice(before).some((reply) => reply.includes(`"code":"${code}"`)),
      code,
    )
  }
})

t.test('09 none of it is where it must not be, in whatever encoding', async (t) => {
  for (const [name, secret] of secrets) canaries.addText(name, secret)
  const { body } = await vault('GET', vaultPath('/secrets'))
  for (const { id } of items(body['value'])) {
    const value = String((await vault('GET', vaultPath(new URL(String(id)).pathname))).body['value'])
    if (value.startsWith('-----BEGIN')) canaries.addKey(String(id), createPrivateKey(value))
  }
  const noise = randomBytes(32)
  canaries.addBytes('noise', noise)
  for (const encoding of ['base64', 'base64url', 'hex'] as const)
    t.strictSame(
      canaries.find(Buffer.from(`x=${noise.toString(encoding)}`)),
      ['noise'],
      'the search finds it',
    )
  let size = 0
  for (const sink of sinksOf({ folder, lines, replies, send })) {
    const bytes = await sink.read()
    size += bytes.length
    t.strictSame(canaries.find(bytes), [], `${sink.name}: nothing`)
  }
  t.comment(
    `${canaries.size} secrets looked for in ${size} bytes, ${replies.length} replies, ${lines.length} log lines`,
  )
})
