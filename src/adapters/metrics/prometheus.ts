import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AuthenticationMetrics, TokenMetrics } from '../../broker/ports.ts'
import { createDurationHistogram } from './duration-histogram.ts'

export interface PrometheusMetrics extends TokenMetrics, AuthenticationMetrics {
  /** A request was turned away because there is too much to do. */
  requestShed(): void
  /** Shows a value that is read at scrape. */
  gauge(name: string, help: string, read: () => number): void
  /** Shows a count that is kept elsewhere, and read at scrape. */
  counter(name: string, help: string, read: () => number): void
  /** Shows a value for each of some things, which are read at scrape. */
  gauges<const Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => readonly { readonly labels: Readonly<Record<Label, string>>; readonly value: number }[],
  ): void
  /** Shows counts that are kept elsewhere, one for each of some things, and read at scrape. */
  counters: PrometheusMetrics['gauges']
  /** Prometheus text format. */
  render(): Promise<string>
  readonly contentType: string
}

export interface PrometheusOptions {
  /** Event loop, memory and garbage collection of the process; once a process. */
  readonly processMetrics: boolean
}

/** Metrics with bounded labels: never a tenant, never a caller. */
export function createPrometheusMetrics({ processMetrics }: PrometheusOptions): PrometheusMetrics {
  const registry = new Registry()
  const registers = [registry]
  if (processMetrics) collectDefaultMetrics({ register: registry })

  const gauges: PrometheusMetrics['gauges'] = (name, help, labelNames, read) => {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset()
        for (const { labels, value } of read()) this.set(labels, value)
      },
    })
  }

  const counters: PrometheusMetrics['counters'] = (name, help, labelNames, read) => {
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset()
        for (const { labels, value } of read()) this.inc(labels, value)
      },
    })
  }

  const counter: PrometheusMetrics['counter'] = (name, help, read) =>
    counters(name, help, [], () => [{ labels: {}, value: read() }])

  // Counted in a plain map and read at scrape: the library's own counter costs many times as much per request.
  const counts = new Map<string, Map<string, { count: number }>>()
  counters(
    'token_broker_token_requests_total',
    'Token requests by outcome (`issued` or the code of the problem) and where the token came from.',
    ['outcome', 'cache'],
    () =>
      [...counts].flatMap(([outcome, byCache]) =>
        [...byCache].map(([cache, { count }]) => ({ labels: { outcome, cache }, value: count })),
      ),
  )
  const requests = createDurationHistogram({
    name: 'token_broker_token_request_seconds',
    help: 'Time to answer a token request.',
    label: 'cache',
    bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  })
  const entra = new Histogram({
    name: 'token_broker_entra_request_seconds',
    help: 'Time of a token acquisition at Microsoft Entra, by outcome.',
    labelNames: ['outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })

  const faults = new Map<string, number>()
  counters(
    'token_broker_authentication_failures_total',
    'Requests that were not authenticated, by what they tried: `none`, `api_key`, `other`; or `too_many`.',
    ['reason'],
    () => [...faults].map(([reason, value]) => ({ labels: { reason }, value })),
  )
  let shed = 0
  counter(
    'token_broker_shed_requests_total',
    'Requests that were turned away because this replica had too much to do.',
    () => shed,
  )

  return {
    authenticationFailure: (fault) => void faults.set(fault, (faults.get(fault) ?? 0) + 1),
    requestShed() {
      shed += 1
    },
    tokenRequest(outcome, cache, milliseconds) {
      const byCache = counts.get(outcome) ?? new Map<string, { count: number }>()
      const known = byCache.get(cache)
      if (known !== undefined) known.count += 1
      else counts.set(outcome, byCache.set(cache, { count: 1 }))
      requests.observe(cache, milliseconds / 1000)
    },
    entraRequest: (outcome, milliseconds) => entra.observe({ outcome }, milliseconds / 1000),
    gauge: (name, help, read) => gauges(name, help, [], () => [{ labels: {}, value: read() }]),
    gauges,
    counter,
    counters,
    render: async () => `${await registry.metrics()}\n${requests.render()}`,
    contentType: registry.contentType,
  }
}
