import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Agent, Pool } from 'undici'
import { createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { items, members } from '../http/json-value.ts'
import { smallest } from '../routes/holder.ts'
import { addTenant } from '../routes/stage.ts'
import { vaultBearer, vaultPath } from '../routes/vault-bearer.ts'

const seconds = 60
const perSecond = 200
const moreTenants = 18
/** Seconds that a token of Entra lives, so that each tenant's is replaced all the time. */
const tokenLifetime = 5
/** Milliseconds. */
const tick = 10
const uploadDelay = 4_000
const settling = 3_000
const credentials = '/applications/demo/credentials'

/** How a credential is replaced by the next. */
interface Rotation {
  readonly what: string
  /** Milliseconds until Entra knows the new certificate. */
  readonly uploadDelay: number
  readonly verify: boolean
  readonly compromised: boolean
}

const rotations: readonly Rotation[] = [
  { what: 'by the book', uploadDelay: 0, verify: true, compromised: false },
  { what: 'Entra does not know the newest yet', uploadDelay, verify: false, compromised: false },
  { what: 'the old one was stolen', uploadDelay: 0, verify: true, compromised: true },
  { what: 'Entra does not know the newest yet', uploadDelay, verify: false, compromised: false },
  { what: 'by the book', uploadDelay: 0, verify: true, compromised: false },
]

t.setTimeout(120_000)

t.test(`${rotations.length} rotations under ${perSecond} requests a second: none fails`, async (t) => {
  const { sandbox, operator } = await runSandbox(t)
  const { cloud, broker, demo } = sandbox
  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  t.teardown(() => dispatcher.close())
  const entra = createApiClient({ origin: cloud.entra.origin, dispatcher })
  const tenants = ['contoso', ...Array.from({ length: moreTenants }, (_, number) => `rotating-${number}`)]
  for (const id of tenants.slice(1))
    await addTenant({ operator, entra }, id, { clientId: demo.clientId, roles: ['Mail.Read'] })
  await expectSuccess(entra('PUT', '/_sandbox/settings', { token_lifetime_seconds: tokenLifetime }))

  const startedAt = performance.now()
  const load = startLoad(broker.origin, demo.callerKey, tenants)
  for (const [index, rotation] of rotations.entries()) {
    await delay(settling)
    const at = performance.now()
    await rotate(rotation)
    t.comment(
      `${rotation.what}: ${Math.round(performance.now() - at)} ms, ${load.replies.length} replies so far`,
    )
    t.equal(load.failures().length, 0, `rotation ${index + 1}: ${rotation.what}`)
  }
  await delay(seconds * 1000 - (performance.now() - startedAt))
  await load.stop()

  t.strictSame(load.failures(), [], 'every reply is 200')
  t.equal(load.replies.length, load.sent, 'and there is one for every request')
  t.ok(load.sent >= seconds * perSecond * 0.98, `${load.sent} requests in ${seconds} s`)
  t.ok(load.tokens.size >= tenants.length * 10, 'tokens were replaced all the time')
  const left = items((await expectSuccess(operator('GET', credentials)))['items'])
  t.match(left, [{ state: 'active' }], 'only the last credential is left')
  t.comment(`${load.sent} requests, ${load.failures().length} failed, ${load.tokens.size} tokens`)
  t.comment(report(load.replies.map(({ milliseconds }) => milliseconds)))

  /** New certificate, upload, activation; then the old one goes, from Entra, the broker and the vault. */
  async function rotate({ uploadDelay, verify, compromised }: Rotation): Promise<void> {
    const [old] = items((await expectSuccess(operator('GET', credentials)))['items'])
    if (old === undefined) throw new Error('there is no credential')
    const next = await expectSuccess(operator('POST', credentials, smallest))
    const portal = `/_sandbox/applications/${demo.clientId}`
    const certificates = [old['certificate'], next['certificate']]
    await expectSuccess(entra('PUT', '/_sandbox/settings', { key_upload_delay_ms: uploadDelay }))
    await expectSuccess(entra('PUT', portal, { certificates }))
    await change(text(next, 'id'), { state: 'active', verify })
    await delay(settling + uploadDelay)

    await change(String(old['id']), { state: 'retired', compromised })
    await expectSuccess(entra('PUT', '/_sandbox/settings', { key_upload_delay_ms: 0 }))
    await expectSuccess(entra('PUT', portal, { certificates: [next['certificate']] }))
    const gone = await operator('DELETE', `${credentials}/${String(old['id'])}`)
    t.equal(gone.status, 204, 'the old credential goes')
    const vault = createApiClient({
      origin: cloud.keyVault.origin,
      key: await vaultBearer(cloud, dispatcher),
      dispatcher,
    })
    const secret = await vault('GET', vaultPath(`/secrets/${String(members(old['key_vault'])['name'])}`))
    t.equal(secret.status, 404, 'and its secret with it')
  }

  async function change(id: string, body: object): Promise<void> {
    const { headers } = await operator('GET', `${credentials}/${id}`)
    const ifMatch = { 'if-match': String(headers['etag']) }
    await expectSuccess(operator('PATCH', `${credentials}/${id}`, body, ifMatch))
  }
})

interface Reply {
  readonly status: number
  readonly code: unknown
  readonly tenant: string
  /** From when the request was due, so that a client which waits does not hide it. */
  readonly milliseconds: number
}

/** Requests at a steady rate, whatever becomes of those before, over connections that are kept. */
function startLoad(origin: string, key: string, tenants: readonly string[]) {
  const pool = new Pool(origin, { connections: 32, pipelining: 1 })
  const caller = createApiClient({ origin, key, dispatcher: pool })
  const replies: Reply[] = []
  const tokens = new Set<unknown>()
  const open = new Set<Promise<void>>()
  const startedAt = performance.now()
  let sent = 0

  async function ask(tenant: string, due: number): Promise<void> {
    const { status, body } = await caller('POST', '/tokens', { tenant, scopes: ['Mail.Read'] }).catch(
      (error: unknown) => ({ status: 0, body: { code: String(error) } as const }),
    )
    replies.push({ status, code: body['code'], tenant, milliseconds: performance.now() - due })
    if ('access_token' in body) tokens.add(body['access_token'])
  }

  const timer = setInterval(() => {
    for (; sent < ((performance.now() - startedAt) * perSecond) / 1000; sent += 1) {
      const due = startedAt + (sent * 1000) / perSecond
      const asked = ask(String(tenants[sent % tenants.length]), due).finally(() => open.delete(asked))
      open.add(asked)
    }
  }, tick)

  return {
    replies,
    tokens,
    get sent() {
      return sent
    },
    failures: () => replies.filter(({ status }) => status !== 200),
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      await pool.close()
    },
  }
}

function report(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1)
  return `latency: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
}
