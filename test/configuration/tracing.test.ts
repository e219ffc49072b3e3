import t from 'tap'
import { loadConfig } from '../../src/config.ts'

const pem = '-----BEGIN CERTIFICATE-----\nof a collector\n-----END CERTIFICATE-----\n'
const least = {
  PUBLIC_URL: 'https://broker.example.com',
  KEY_VAULT_URL: 'https://contoso.vault.azure.net',
  SQLITE_PATH: '/var/lib/broker/registry.sqlite',
  BROKER_SECRET_FILE: 'secret',
}
const files: Record<string, string> = { secret: 's'.repeat(64), pem, 'no-pem': 'canary' }

function load(more: Record<string, string>) {
  return loadConfig({ ...least, ...more }, (path) => {
    const text = files[path]
    if (text === undefined) throw new Error('ENOENT')
    return text
  })
}

function tracingOf(more: Record<string, string>) {
  const loaded = load(more)
  if (!loaded.ok) throw new Error(loaded.failure.join(' '))
  return loaded.value.tracing
}

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318' }
const usual = {
  url: 'http://collector.example:4318/v1/traces',
  headers: {},
  ratio: 1,
  serviceName: 'graph-token-broker',
}

t.test('where traces go, and what goes with them', async (t) => {
  t.strictSame(tracingOf(endpoint), usual)
  const below = tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/otlp/' })
  t.equal(below?.url, 'https://collector.example/otlp/v1/traces')
  const all = {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=mail, authorization=Bearer%20a%3Db',
    OTEL_EXPORTER_OTLP_CERTIFICATE: 'pem',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    OTEL_SERVICE_NAME: 'broker eu',
  }
  const headers = { 'x-team': 'mail', authorization: 'Bearer a=b' }
  const expected = { ...usual, headers, ca: pem, ratio: 0.25, serviceName: 'broker eu' }
  t.strictSame(tracingOf({ ...endpoint, ...all }), expected)
  t.equal(tracingOf(all), undefined, 'nowhere without an endpoint')
})

const wrong: Readonly<Record<string, readonly string[]>> = {
  OTEL_EXPORTER_OTLP_ENDPOINT: [
    'collector:4318',
    'grpc://canary',
    'http://canary:word@host',
    'http://host?canary',
    '/canary',
  ],
  OTEL_EXPORTER_OTLP_HEADERS: ['canary', 'a b=canary', 'a=%zz', 'a=%0d%0acanary', 'a=canary,'],
  OTEL_EXPORTER_OTLP_CERTIFICATE: ['no-pem', 'nowhere'],
  OTEL_EXPORTER_OTLP_PROTOCOL: ['grpc'],
  OTEL_TRACES_SAMPLER: ['always_off'],
  OTEL_TRACES_SAMPLER_ARG: ['1.5', '-1', 'half', '.', '1e-3'],
  OTEL_SERVICE_NAME: [' ', 'a\nb', 'x'.repeat(101)],
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ['http://canary'],
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: ['a=canary'],
}

t.test('what is wrong is said by the name of the variable, and no value is repeated', async (t) => {
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const loaded = load({ [name]: value })
      const faults = loaded.ok ? [] : loaded.failure
      t.equal(faults.length, 1, `${name}: ${value}`)
      t.match(faults[0], name)
      t.notMatch(faults[0], 'canary')
    }
  }
})
