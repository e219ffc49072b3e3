import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openTracing } from '../../src/adapters/tracing/open-tracing.ts'
import { startCollector } from '../adapters/tracing/collector.ts'
import { setStage } from '../routes/stage.ts'

t.test('whatever the collector does, requests are answered as ever', async (t) => {
  const collector = await startCollector(t)
  const { caller, anonymous, sandbox } = await setStage(t, {
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin },
  })
  for (const answer of ['hang', 'refuse'] as const) {
    collector.answer = answer
    const statuses = new Set<number>()
    const seen = collector.bodies.length
    const startedAt = performance.now()
    for (let round = 0; round < 30; round += 1) {
      const replies = await Promise.all(
        Array.from({ length: 20 }, () =>
          caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] }),
        ),
      )
      for (const { status } of replies) statuses.add(status)
    }
    t.strictSame([...statuses], [200], answer)
    t.ok(performance.now() - startedAt < 4_000, 'and nobody waits until the collector is given up')
    await collector.until(() => collector.bodies.length > seen)
  }
  t.equal((await anonymous('GET', '/metrics')).status, 200)
  const metrics = await fetch(`${sandbox.broker.origin}/metrics`)
  t.match(await metrics.text(), /^token_broker_trace_spans_dropped_total [1-9]\d*$/m)
})

t.test(
  'a collector that hangs costs a bounded amount of memory, and does not keep the broker up',
  async (t) => {
    const collector = await startCollector(t)
    collector.answer = 'hang'
    const { trace, dropped, close } = openTracing({
      url: `${collector.origin}/v1/traces`,
      headers: {},
      serviceName: 'broker-under-test',
      serviceVersion: '1.2.3',
      instanceId: randomUUID(),
      ratio: 1,
      onFault: () => undefined,
    })
    for (let index = 0; index < 10_000; index += 1)
      trace.startRequest({ method: 'POST', route: '/tokens', traceparent: undefined }).end(200)
    t.equal(dropped(), 10_000 - 4_096, 'what is on its way counts')
    const startedAt = performance.now()
    await close()
    t.ok(performance.now() - startedAt < 4_500, 'closed within its time')
  },
)
