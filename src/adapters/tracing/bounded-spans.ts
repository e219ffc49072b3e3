import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'

export interface BoundedSpansOptions {
  readonly exporter: SpanExporter
  /** Spans that wait or are being sent; what ends while there are as many is dropped. */
  readonly capacity: number
  /** Milliseconds. */
  readonly interval: number
  readonly sendTimeout: number
  /** Told once when spans begin to be lost in sending, and again only after some have arrived. */
  readonly onFault: (fault: { readonly reason: string | number; readonly dropped: number }) => void
}

export interface BoundedSpans {
  readonly processor: SpanProcessor
  dropped(): number
}

/**
 * Spans on their way to the collector. The SDK's processor drops from its queue alone and says nothing of it; here
 * what is being sent counts too, so that a collector that hangs costs a bounded amount of memory, and what is lost
 * is counted.
 */
export function createBoundedSpans({
  exporter,
  capacity,
  interval,
  sendTimeout,
  onFault,
}: BoundedSpansOptions): BoundedSpans {
  let waiting = 0
  let dropped = 0
  let failing = false

  const counting: SpanExporter = {
    export(spans, settle) {
      exporter.export(spans, (result) => {
        waiting -= spans.length
        // 0 is the SDK's code of success.
        const lost = result.code !== 0
        if (lost) {
          dropped += spans.length
          if (!failing) onFault({ reason: reasonOf(result.error), dropped })
        }
        failing = lost
        settle(result)
      })
    },
    shutdown: () => exporter.shutdown(),
  }
  const batches = new BatchSpanProcessor({
    exporter: counting,
    maxQueueSize: capacity,
    maxExportBatchSize: 512,
    scheduledDelayMillis: interval,
    exportTimeoutMillis: sendTimeout,
  })
  return {
    processor: {
      onStart: (span, context) => batches.onStart(span, context),
      onEnd(span: ReadableSpan) {
        // The SDK passes over what was not sampled, so it must not be counted.
        if ((span.spanContext().traceFlags & 1) === 0) return
        if (waiting >= capacity) {
          dropped += 1
          return
        }
        waiting += 1
        batches.onEnd(span)
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
    dropped: () => dropped,
  }
}

/** A status of HTTP or a code of the system. What a collector says in words is not repeated. */
function reasonOf(error: Error | undefined): string | number {
  if (error === undefined) return 'unknown'
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' || typeof code === 'number' ? code : error.name
}
