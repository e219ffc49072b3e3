import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Trace } from '../../broker/trace.ts'
import { type BoundedSpansOptions, createBoundedSpans } from './bounded-spans.ts'
import { createTrace } from './trace.ts'

export interface TracingOptions {
  /** Where the collector takes traces: the whole URL. */
  readonly url: string
  /** May hold what signs in to the collector. */
  readonly headers: Readonly<Record<string, string>>
  /** PEM. */
  readonly ca?: string
  readonly serviceName: string
  readonly serviceVersion: string
  readonly instanceId: string
  /** The share of traces that are followed, where the caller's trace does not decide: 0 to 1. */
  readonly ratio: number
  readonly onFault: BoundedSpansOptions['onFault']
}

export interface Tracing {
  readonly trace: Trace
  /** Spans that did not reach the collector. */
  dropped(): number
  /** Sends what waits, and gives up after a few seconds: the process is going down. Never rejects. */
  close(): Promise<void>
}

/** Spans that wait or are on their way; some 2 KB each. */
const capacity = 4_096
/** Milliseconds. */
const interval = 1_000
const sendTimeout = 5_000
const closeTimeout = 3_000

/** Sends spans to an OpenTelemetry collector: OTLP over HTTP, as JSON. Registers nothing that is global. */
export function openTracing(options: TracingOptions): Tracing {
  const { url, headers, ca, ratio, onFault } = options
  const exporter = new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis: sendTimeout,
    // Given here, or the exporter would read the environment for it.
    httpAgentOptions: { keepAlive: true, ...(ca === undefined ? {} : { ca }) },
  })
  const spans = createBoundedSpans({
    exporter,
    capacity,
    interval,
    sendTimeout: sendTimeout + 1_000,
    onFault,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.version': options.serviceVersion,
      'service.instance.id': options.instanceId,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanLimits: { attributeValueLengthLimit: 256 },
    spanProcessors: [spans.processor],
  })
  return {
    trace: createTrace(provider.getTracer('graph-token-broker', options.serviceVersion)),
    dropped: spans.dropped,
    async close() {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, closeTimeout)
      // What was lost is counted and told already.
      await Promise.race([provider.shutdown().catch(() => undefined), late])
      clearTimeout(timer)
    },
  }
}
