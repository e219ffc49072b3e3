import type { PrometheusMetrics } from '../adapters/metrics/prometheus.ts'
import type { CredentialExpiry } from '../broker/expiry.ts'
import type { TokenCache } from '../broker/token-cache.ts'

/** What is read where Prometheus asks. */
export function showGauges(
  metrics: PrometheusMetrics,
  cache: TokenCache,
  expiries: () => readonly CredentialExpiry[],
): void {
  metrics.gauge('token_broker_cached_tokens', 'Tokens in memory.', () => cache.size)
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
