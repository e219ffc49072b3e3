import t from 'tap'
import { createDurationHistogram } from '../../../src/adapters/metrics/duration-histogram.ts'
import { createPrometheusMetrics } from '../../../src/adapters/metrics/prometheus.ts'

t.test('token requests are counted by outcome and by where the token came from', async (t) => {
  const metrics = createPrometheusMetrics({ processMetrics: false })
  metrics.tokenRequest('issued', 'hit', 0.2)
  metrics.tokenRequest('issued', 'hit', 0.3)
  metrics.tokenRequest('consent_missing', 'none', 120)
  for (let scrapes = 0; scrapes < 2; scrapes += 1) {
    const text = await metrics.render()
    t.match(text, 'token_broker_token_requests_total{outcome="issued",cache="hit"} 2\n', 'at every scrape')
    t.match(text, 'token_broker_token_requests_total{outcome="consent_missing",cache="none"} 1\n')
    t.match(text, 'token_broker_token_request_seconds_bucket{le="0.0005",cache="hit"} 2\n')
    t.match(text, 'token_broker_token_request_seconds_sum{cache="none"} 0.12\n')
  }
})

t.test('acquisitions are timed by outcome', async (t) => {
  const metrics = createPrometheusMetrics({ processMetrics: false })
  metrics.entraRequest('issued', 150)
  metrics.entraRequest('entra_unavailable', 10_000)
  const text = await metrics.render()
  t.match(text, 'token_broker_entra_request_seconds_sum{outcome="issued"} 0.15\n')
  t.match(text, 'token_broker_entra_request_seconds_bucket{le="10",outcome="entra_unavailable"} 1\n')
})

t.test('a gauge is read at scrape', async (t) => {
  const metrics = createPrometheusMetrics({ processMetrics: false })
  let held = 3
  metrics.gauge('token_broker_cached_tokens', 'Tokens in memory.', () => held)
  t.match(await metrics.render(), 'token_broker_cached_tokens 3\n')
  held = 5
  t.match(await metrics.render(), '# HELP token_broker_cached_tokens Tokens in memory.\n')
  t.match(await metrics.render(), 'token_broker_cached_tokens 5\n')
})

t.test('every series has a help text and a type, and two registries share nothing', async (t) => {
  const [one, other] = [
    createPrometheusMetrics({ processMetrics: true }),
    createPrometheusMetrics({ processMetrics: false }),
  ]
  one.tokenRequest('issued', 'mint', 1)
  t.notMatch(await other.render(), 'outcome="issued"')
  const text = await one.render()
  t.match(one.contentType, /^text\/plain; version=0\.0\.4/)
  for (const [, name] of text.matchAll(/^# TYPE (\S+)/gm)) t.match(text, `# HELP ${name} `)
  t.match(text, 'nodejs_eventloop_lag_seconds')
})

t.test('a duration counts in every bucket that it fits in, its bound included', async (t) => {
  const histogram = createDurationHistogram({
    name: 'x_seconds',
    help: 'X.',
    label: 'kind',
    bounds: [0.25, 1],
  })
  for (const seconds of [0.125, 0.25, 0.5, 4]) histogram.observe('a', seconds)
  t.equal(
    histogram.render(),
    [
      '# HELP x_seconds X.',
      '# TYPE x_seconds histogram',
      'x_seconds_bucket{le="0.25",kind="a"} 2',
      'x_seconds_bucket{le="1",kind="a"} 3',
      'x_seconds_bucket{le="+Inf",kind="a"} 4',
      'x_seconds_sum{kind="a"} 4.875',
      'x_seconds_count{kind="a"} 4',
      '',
    ].join('\n'),
  )
})
