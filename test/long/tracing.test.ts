import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { type SeenSpan, startCollector } from '../adapters/tracing/collector.ts'
import { setStage } from '../routes/stage.ts'

const traceId = 'a1'.repeat(16)
const parentId = 'b2'.repeat(8)
const traceparent = { traceparent: `00-${traceId}-${parentId}-01` }
const body = (tenant: string, scopes = ['Mail.Read']) => ({ tenant, scopes })

/** A broker that reports to a collector of the test's own. */
async function follow(t: Test, environment: Record<string, string> = {}) {
  const collector = await startCollector(t)
  const stage = await setStage(t, {
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin, ...environment },
  })
  return { collector, ...stage }
}

const json = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' })

const ended = (path: string, count: number) => (spans: readonly SeenSpan[]) =>
  spans.filter(({ name }) => name === path).length >= count

/** The spans of one trace, each by its name with its parent's. */
function tree(spans: readonly SeenSpan[]): string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]))
  return spans
    .map(({ name, parentSpanId }) => `${names.get(parentSpanId ?? '') ?? 'outside'} > ${name}`)
    .sort()
}

/** What was told of the request in which a trace began or went on. */
const requestOf = (spans: readonly SeenSpan[]) => spans.find(({ kind }) => kind === 2)?.attributes ?? {}

/** CommonJS modules are kept by their path, however they were loaded. */
const isLoaded = () =>
  Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('@opentelemetry/sdk-trace/'))

t.test('without a collector nothing of tracing is loaded or shown', async (t) => {
  const { sandbox } = await setStage(t)
  const metrics = await fetch(`${sandbox.broker.origin}/metrics`)
  t.notMatch(await metrics.text(), 'trace_spans')
  t.notOk(isLoaded())
  await follow(t)
  t.ok(isLoaded(), 'and it is where there is one')
})

t.test('a mint is one trace from the request to Entra, and a hit one span', async (t) => {
  const { collector, caller, addTenant, addApplication } = await follow(t)
  const app = await addApplication('fresh')
  await app.upload()
  const activated = await app.change({ state: 'active', verify: false })
  t.equal(activated.status, 200)
  const directoryId = await addTenant('traced', {
    application: 'fresh',
    clientId: app.clientId,
    roles: ['Mail.Read'],
  })

  t.equal((await caller('POST', '/tokens', body('traced'), traceparent)).status, 200)
  const inTrace = (spans: readonly SeenSpan[], id: string) => spans.filter((span) => span.traceId === id)
  const isObserved = (spans: readonly SeenSpan[]) =>
    inTrace(spans, traceId).some(({ name }) => name === 'registry commit')
  const mint = inTrace(
    await collector.until((spans) => isObserved(spans) && ended('POST /tokens', 1)(inTrace(spans, traceId))),
    traceId,
  )
  for (const step of [
    'outside > POST /tokens',
    'POST /tokens > credential proof',
    'credential proof > vault read',
    'POST /tokens > entra token',
    'POST /tokens > registry commit',
  ]) {
    t.ok(tree(mint).includes(step), step)
  }
  t.equal(mint.find(({ name }) => name === 'POST /tokens')?.parentSpanId, parentId)
  t.match(requestOf(mint), {
    'http.response.status_code': 200,
    'token_broker.caller': 'demo-service',
    'token_broker.tenant': 'traced',
    'token_broker.application': 'fresh',
    'token_broker.cache': 'mint',
    'token_broker.outcome': 'issued',
  })
  t.match(mint.find(({ name }) => name === 'entra token')?.attributes, {
    'token_broker.directory_id': directoryId,
    'token_broker.client_id': app.clientId,
    'token_broker.credential': app.credential,
    'token_broker.outcome': 'ok',
  })

  const hitId = 'c3'.repeat(16)
  await caller('POST', '/tokens', body('traced'), { traceparent: `00-${hitId}-${parentId}-01` })
  await collector.until((spans) => inTrace(spans, hitId).length > 0)
  const hit = inTrace(collector.spans, hitId)
  t.strictSame(tree(hit), ['outside > POST /tokens'])
  t.match(requestOf(hit), { 'token_broker.cache': 'hit', 'token_broker.outcome': 'issued' })
})

t.test('many at once: each answer is in the trace of its own request', async (t) => {
  const { collector, caller } = await follow(t)
  await caller('POST', '/tokens', body('contoso'))
  const asked = Array.from({ length: 60 }, (_, index) => ({
    id: randomUUID().replaceAll('-', ''),
    tenant: ['contoso', 'fabrikam', 'nobody'][index % 3] ?? '',
  }))
  await Promise.all(
    asked.map(({ id, tenant }) =>
      caller('POST', '/tokens', body(tenant), { traceparent: `00-${id}-${parentId}-01` }),
    ),
  )
  const spans = await collector.until(ended('POST /tokens', 61))
  for (const { id, tenant } of asked) {
    const told = requestOf(spans.filter((span) => span.traceId === id))
    t.equal(told['token_broker.tenant'], tenant === 'nobody' ? undefined : tenant)
    t.equal(told['token_broker.outcome'], tenant === 'nobody' ? 'tenant_not_granted' : 'issued')
    t.equal(Number(told['http.response.status_code']), tenant === 'nobody' ? 403 : 200)
  }
})

t.test('a client that leaves before its answer ends its span', async (t) => {
  const { collector, entra, sandbox } = await follow(t)
  await entra('POST', '/_sandbox/faults', { match: '/oauth2/', times: 1, delay_ms: 1_000 })
  const dispatcher = new Agent()
  const asking = request(`${sandbox.broker.origin}/tokens`, {
    method: 'POST',
    headers: { ...json(sandbox.demo.callerKey), ...traceparent },
    body: JSON.stringify(body('contoso')),
    signal: AbortSignal.timeout(300),
    dispatcher,
  })
  await t.rejects(asking)
  await dispatcher.destroy()
  const isIt = (span: SeenSpan) => span.traceId === traceId && span.name === 'POST /tokens'
  const spans = await collector.until((seen) => seen.some(isIt))
  t.match(spans.find(isIt)?.attributes, {
    'error.type': 'client_gone',
    'token_broker.caller': 'demo-service',
  })
})

t.test('changes of the registry show what they did in the database', async (t) => {
  const { collector, operator } = await follow(t)
  await operator('POST', '/callers', { id: 'traced', role: 'caller', grants: [] }, traceparent)
  const spans = await collector.until((seen) =>
    seen.some((span) => span.traceId === traceId && span.name === 'POST /callers'),
  )
  const names = tree(spans.filter((span) => span.traceId === traceId))
  t.ok(names.includes('POST /callers > registry commit'), names.join(', '))
})

t.test('a failure is told by its code, and what the caller wrote is not', async (t) => {
  const { collector, caller, token, entra, addTenant, anonymous } = await follow(t)
  await addTenant('failing', { roles: ['Mail.Read'] })
  await entra('POST', '/_sandbox/faults', {
    match: '/oauth2/',
    times: 20,
    status: 500,
    body: 'canary-of-entra',
  })
  t.equal((await token('failing')).status, 503)
  await caller('POST', '/tokens?q=canary-query', body('canary-tenant', ['canary-scope']), {
    ...traceparent,
    tracestate: 'vendor=canary-state',
    baggage: 'user=canary-baggage',
    'user-agent': 'canary-agent',
  })
  await anonymous('POST', '/tokens', body('canary-anonymous'), { authorization: 'Bearer canary-key' })
  await anonymous('GET', '/canary-path')
  const spans = await collector.until((seen) => {
    const statuses = seen.map(({ attributes }) => Number(attributes['http.response.status_code']))
    return [503, 400, 401].every((status) => statuses.includes(status))
  })
  const answered = (code: number) =>
    spans.find(({ attributes }) => Number(attributes['http.response.status_code']) === code)
  t.match(answered(503), { status: 2, attributes: { 'token_broker.outcome': 'entra_unavailable' } })
  t.match(answered(400), { traceId, status: 0, attributes: { 'token_broker.outcome': 'unknown_scope' } })
  const asked = spans.find(
    ({ name, attributes }) => name === 'entra token' && attributes['token_broker.outcome'] !== 'ok',
  )
  t.match(asked, { status: 2, attributes: { 'token_broker.outcome': 'entra_unavailable' } })
  t.ok(collector.bodies.length > 0)
  t.notMatch(collector.bodies.join('\n'), 'canary')
})

t.test('no secret is in any byte that is exported', async (t) => {
  const { collector, token, operator, entra, vault, addTenant, addApplication, sandbox, caller } =
    await follow(t, { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector' })
  const clientSecret = `canary${randomUUID()}`
  const { clientId, path, upload, change } = await addApplication('secretive')
  await upload()
  const kept = await operator('POST', '/applications/secretive/credentials', {
    type: 'client_secret',
    value: clientSecret,
    expires_at: new Date(Date.now() + 90 * 86_400_000).toISOString(),
  })
  t.equal(kept.status, 201)
  await addTenant('guarded', { application: 'secretive', clientId, roles: ['Mail.Read'] })
  await change({ state: 'active', verify: false })
  const issued = await token('guarded')
  t.equal(issued.status, 200)
  t.equal((await token('guarded', { rejected_token_sha256: '0'.repeat(64) })).status, 200)
  // The secret is refused: Entra was never told of it.
  const secretPath = `/applications/secretive/credentials/${String(kept.body['id'])}`
  const { headers } = await operator('GET', secretPath)
  const ifMatch = { 'if-match': String(headers['etag']) }
  const refused = await operator('PATCH', secretPath, { state: 'active' }, ifMatch)
  t.equal(refused.status, 424)
  await entra('POST', '/_sandbox/faults', {
    match: '/oauth2/',
    times: 50,
    status: 200,
    body: '{"access_token":1}',
  })
  await token('fabrikam')
  await caller('POST', '/tokens', '{"broken')
  await operator('POST', '/tenants/guarded/diagnosis')
  await collector.until(ended('POST /tenants/:id/diagnosis', 1))

  const { body: credential } = await operator('GET', path)
  const { name, version } = Object(credential['key_vault'])
  const { body: secret } = await vault('GET', `/secrets/${name}/${version}?api-version=7.5`)
  const [, firstLine = ''] = String(secret['value']).split('\n')
  t.ok(firstLine.length > 40, 'the private key is there')
  const exported = collector.bodies.join('\n')
  const secrets = {
    'operator key': sandbox.demo.operatorKey,
    'caller key': sandbox.demo.callerKey,
    'access token': String(issued.body['access_token']),
    'client secret': clientSecret,
    'private key': firstLine,
    'collector key': 'of-the-collector',
    'any key of the broker': 'gtb.',
    'any JWT, assertions too': 'eyJ',
    'any PEM': '-----BEGIN',
    'any header': 'Bearer',
  }
  for (const [what, value] of Object.entries(secrets)) t.notOk(exported.includes(value), what)
  t.ok(collector.headers.every(({ authorization }) => authorization === 'Bearer of-the-collector'))
})
