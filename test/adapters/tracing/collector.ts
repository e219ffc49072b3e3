import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface SeenSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly kind: number
  /** 2 is an error. */
  readonly status: number | undefined
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Collector {
  readonly origin: string
  /** Everything that arrived, as it was sent. */
  readonly bodies: string[]
  readonly headers: IncomingHttpHeaders[]
  readonly spans: SeenSpan[]
  /** How it answers from now on; `hang` never does. */
  answer: 'take' | 'hang' | 'refuse'
  /** The spans so far, as soon as there are such. */
  until(isThere: (spans: readonly SeenSpan[]) => boolean): Promise<readonly SeenSpan[]>
}

/** What the SDK for JavaScript may send (OTLP 1.x, JSON), as far as the tests look at it. */
interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<SeenSpan, 'attributes' | 'status'> & {
        readonly status: { readonly code?: number }
        readonly attributes: readonly { readonly key: string; readonly value: object }[]
      })[]
    }[]
  }[]
}

/** A collector that takes OTLP over HTTP as JSON, until the test ends. */
export async function startCollector(t: Test): Promise<Collector> {
  const arrivals = new EventTarget()
  const hanging = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      collector.bodies.push(body)
      collector.headers.push({ ...request.headers, ':path': request.url })
      if (collector.answer === 'take') collector.spans.push(...readSpans(JSON.parse(body)))
      if (collector.answer === 'hang') hanging.add(response)
      else {
        response.writeHead(collector.answer === 'take' ? 200 : 400, { 'content-type': 'application/json' })
        response.end('{}')
      }
      arrivals.dispatchEvent(new Event('arrival'))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const collector: Collector = {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    bodies: [],
    headers: [],
    spans: [],
    answer: 'take',
    async until(isThere) {
      const signal = AbortSignal.timeout(20_000)
      while (!isThere(collector.spans)) await once(arrivals, 'arrival', { signal })
      return collector.spans
    },
  }
  return collector
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the collector has no port')
  return address.port
}

function readSpans({ resourceSpans }: Sent): SeenSpan[] {
  const sent = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
  return sent.map(({ name, traceId, spanId, parentSpanId, kind, status, attributes }) => ({
    name,
    traceId,
    spanId,
    parentSpanId,
    kind,
    status: status.code,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  }))
}
