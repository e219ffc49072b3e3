import type { PrometheusMetrics } from '../adapters/metrics/prometheus.ts'
import type { ClockSkew } from '../broker/clock-skew.ts'
import type { CredentialExpiry } from '../broker/expiry.ts'
import type { GuardedCloud, IssuerGuard } from '../broker/guard-issuer.ts'
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

/** How Entra fares, by cloud. */
export function showEntraGauges(metrics: PrometheusMetrics, guard: IssuerGuard, time: ClockSkew): void {
  const show = (name: string, help: string, read: (cloud: GuardedCloud) => number) =>
    metrics.gauges(name, help, ['cloud'], () =>
      guard.clouds().map((cloud) => ({ labels: { cloud: cloud.cloud }, value: read(cloud) })),
    )
  show(
    'token_broker_entra_breaker_open',
    '1 while Entra is left alone because it failed.',
    ({ open }) => open,
  )
  show(
    'token_broker_entra_gates_closed',
    'Pairs of application and directory that Entra throttles.',
    ({ gates }) => gates,
  )
  show('token_broker_entra_requests_in_flight', 'Requests for tokens at Entra.', ({ flying }) => flying)
  show(
    'token_broker_entra_requests_waiting',
    'Requests for tokens that wait for others.',
    ({ waiting }) => waiting,
  )
  metrics.gauges(
    'token_broker_clock_skew_seconds',
    "How far the broker's clock is ahead of Entra's; absent where Entra said nothing lately.",
    [],
    () => {
      const value = time.seconds()
      return value === undefined ? [] : [{ labels: {}, value }]
    },
  )
}
