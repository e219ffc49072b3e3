import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { openTracing, type TracingOptions } from '../../../src/adapters/tracing/open-tracing.ts'
import { startCollector } from './collector.ts'

const parentTrace = 'a'.repeat(32)
const parentSpan = 'b'.repeat(16)
const request = { method: 'POST', route: '/tokens' }

function open(url: string, more: Partial<TracingOptions> = {}) {
  const faults: object[] = []
  const tracing = openTracing({
    url: `${url}/v1/traces`,
    headers: {},
    serviceName: 'broker-under-test',
    serviceVersion: '1.2.3',
    instanceId: randomUUID(),
    ratio: 1,
    onFault: (fault) => faults.push(fault),
    ...more,
  })
  return { ...tracing, faults }
}

/** One request, as the collector sees it. */
async function send(t: Test, traceparent: string | undefined, more: Partial<TracingOptions> = {}) {
  const collector = await startCollector(t)
  const tracing = open(collector.origin, more)
  const span = tracing.trace.startRequest({ ...request, traceparent })
  span.end(200)
  await tracing.close()
  return collector
}

t.test('a span goes to the collector with the service and the headers that were configured', async (t) => {
  const { spans, headers, bodies } = await send(t, undefined, { headers: { 'x-key': 'of the collector' } })
  t.match(spans, [{ name: 'POST /tokens', parentSpanId: undefined, kind: 2 }])
  t.match(spans[0]?.attributes, { 'http.route': '/tokens', 'http.response.status_code': 200 })
  t.match(headers, [
    { ':path': '/v1/traces', 'x-key': 'of the collector', 'content-type': 'application/json' },
  ])
  for (const said of ['broker-under-test', '1.2.3', 'service.instance.id']) t.match(bodies.join(), said)
})

t.test('the trace of the caller goes on', async (t) => {
  for (const header of [`00-${parentTrace}-${parentSpan}-01`, `cc-${parentTrace}-${parentSpan}-01-more`]) {
    const { spans } = await send(t, header)
    t.match(spans, [{ traceId: parentTrace, parentSpanId: parentSpan }], header)
  }
})

t.test('a traceparent that is not well-formed counts as none', async (t) => {
  const malformed = [
    '',
    `ff-${parentTrace}-${parentSpan}-01`,
    `00-${'0'.repeat(32)}-${parentSpan}-01`,
    `00-${parentTrace}-${'0'.repeat(16)}-01`,
    `00-${parentTrace.toUpperCase()}-${parentSpan}-01`,
    `00-${parentTrace}-${parentSpan}-01-more`,
    `00-${parentTrace}-${parentSpan}-01, 00-${parentTrace}-${parentSpan}-01`,
  ]
  for (const header of malformed) {
    const { spans } = await send(t, header)
    t.equal(spans.length, 1)
    t.not(spans[0]?.traceId, parentTrace, header)
    t.equal(spans[0]?.parentSpanId, undefined)
  }
})

t.test("the caller's decision to follow a trace or not counts before the configured share", async (t) => {
  t.equal((await send(t, `00-${parentTrace}-${parentSpan}-00`)).spans.length, 0)
  t.equal((await send(t, `00-${parentTrace}-${parentSpan}-01`, { ratio: 0 })).spans.length, 1)
  t.equal((await send(t, undefined, { ratio: 0 })).spans.length, 0)
})

t.test('of an error that nobody expected its kind is told, and nothing that it says', async (t) => {
  const collector = await startCollector(t)
  const { trace, close } = open(collector.origin)
  const span = trace.startRequest({ ...request, traceparent: undefined })
  const failing = async () => {
    throw new TypeError('canary in an error')
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  span.run(() => void trace.call('vault read', {}, failing).catch(() => resolve()))
  await promise
  span.end(500)
  await close()
  t.match(collector.spans, [
    { name: 'vault read', status: 2, attributes: { 'error.type': 'TypeError' } },
    { name: 'POST /tokens', status: 2, attributes: { 'error.type': '500' } },
  ])
  t.equal(collector.spans[0]?.parentSpanId, collector.spans[1]?.spanId)
  t.notMatch(collector.bodies.join(), 'canary')
})

t.test('outside of a request nothing is followed', async (t) => {
  const collector = await startCollector(t)
  const { trace, close } = open(collector.origin)
  t.equal(await trace.call('registry revision', {}, async (span) => span ?? 'no span'), 'no span')
  t.equal(trace.current(), undefined)
  await close()
  t.strictSame(collector.spans, [])
})

function fill({ trace }: ReturnType<typeof open>, count: number): void {
  for (let index = 0; index < count; index += 1) {
    trace.startRequest({ ...request, traceparent: undefined }).end(200)
  }
}

t.test('what a collector refuses is lost, counted, and told once', async (t) => {
  const collector = await startCollector(t)
  collector.answer = 'refuse'
  const tracing = open(collector.origin)
  fill(tracing, 1_000)
  await tracing.close()
  t.equal(tracing.dropped(), 1_000)
  t.match(tracing.faults, [{ reason: 400, dropped: 512 }])
  t.equal(tracing.faults.length, 1)
})
