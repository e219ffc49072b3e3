import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { items } from '../http/json-value.ts'
import { createRawClient } from '../http/raw-client.ts'

const { caller, operator, sandbox } = await runSandbox(t)
const scrape = async () => {
  const { status, headers, text } = await createRawClient(sandbox.broker.origin)({
    method: 'GET',
    path: '/metrics',
  })
  t.equal(status, 200)
  t.match(headers['content-type'], /^text\/plain/)
  return text
}
const ask = (tenant: string) => caller('POST', '/tokens', { tenant, scopes: ['Mail.Read'] })

function value(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? 0 : Number(line.slice(series.length + 1))
}

const issued = (cache: string) => `token_broker_token_requests_total{outcome="issued",cache="${cache}"}`

t.test('requests, mints and tokens are counted', async (t) => {
  const before = await scrape()
  for (const tenant of ['contoso', 'contoso', 'contoso', 'northwind', 'nobody']) await ask(tenant)
  const after = await scrape()
  const moved = (series: string) => value(after, series) - value(before, series)
  t.equal(moved(issued('mint')), 1)
  t.equal(moved(issued('hit')), 2)
  t.equal(moved('token_broker_token_requests_total{outcome="consent_missing",cache="none"}'), 1)
  t.equal(moved('token_broker_token_requests_total{outcome="tenant_not_granted",cache="none"}'), 1)
  t.equal(moved('token_broker_token_request_seconds_count{cache="hit"}'), 2)
  t.equal(moved('token_broker_entra_request_seconds_count{outcome="issued"}'), 1)
  t.equal(moved('token_broker_entra_request_seconds_count{outcome="application_not_in_directory"}'), 1)
  t.equal(value(after, 'token_broker_cached_tokens'), 1)
  t.ok(value(after, 'process_resident_memory_bytes') > 1e7)
})

t.test('no series tells who asked, and for whom', async (t) => {
  const { body } = await operator('GET', '/tenants')
  const directories = items(body['items']).map((tenant) => String(tenant['directory_id']))
  const text = await scrape()
  const names = ['contoso', 'northwind', 'nobody', 'demo-service', 'operator', sandbox.demo.clientId]
  for (const name of [...names, ...directories]) t.notMatch(text, name)
  const labels = new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label))
  const known = new Set([
    'outcome',
    'cache',
    'le',
    'quantile',
    'version',
    'major',
    'minor',
    'patch',
    'type',
    'kind',
    'space',
    // Of the days that a credential has left: an operator's own ids, as many as there are active credentials.
    'application',
    'credential',
    // Microsoft's four.
    'cloud',
  ])
  t.strictSame(
    [...labels].filter((label) => !known.has(String(label))),
    [],
  )
})
