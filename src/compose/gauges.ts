import type { PrometheusMetrics } from '../adapters/metrics/prometheus.ts'
import type { CredentialExpiry } from '../broker/expiry.ts'
import type { Registry } from '../broker/registry.ts'
import type { TokenCache } from '../broker/token-cache.ts'

/** Only where there are spans. */
export function showDroppedSpans(metrics: PrometheusMetrics, dropped: () => number): void {
  metrics.counter(
    'token_broker_trace_spans_dropped_total',
    'Spans that were not delivered, because the collector was away or too slow.',
    dropped,
  )
}

/** What is read where Prometheus asks. */
export function showGauges(
  metrics: PrometheusMetrics,
  registry: Pick<Registry, 'staleness'>,
  cache: TokenCache,
  expiries: () => readonly CredentialExpiry[],
): void {
  metrics.gauge('token_broker_cached_tokens', 'Tokens in memory.', () => cache.size)
  metrics.gauge(
    'token_broker_registry_staleness_seconds',
    "Time since the registry's snapshot was last known to be what the database has.",
    () => registry.staleness() / 1000,
  )
  metrics.gauges(
    'token_broker_credential_expiry_days',
    'Days until an active credential expires; negative where it has.',
    ['application', 'credential', 'type'],
    () =>
      expiries().map(({ application: { id }, credential, days }) => ({
        labels: { application: id, credential: credential.id, type: credential.type },
        value: days,
      })),
  )
}
