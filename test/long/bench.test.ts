import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import Type from 'typebox'
import Value from 'typebox/value'
import { runScript } from '../run-script.ts'

const main = new URL('../../bench/main.ts', import.meta.url).pathname

const Rows = Type.Array(
  Type.Object(
    {
      name: Type.String({ pattern: '^[a-z0-9_]+(\\.[a-z0-9_]+)+$' }),
      value: Type.Number(),
      unit: Type.Enum(['1/s', 'ms', 'µs', 'MB', 'bytes', 'calls', 'requests']),
      against: Type.Optional(
        Type.Enum([
          ...['raw_http', 'bare_fastify', 'bare_fastify_batched', 'oidc_provider'],
          ...['msal_cached', 'msal_cached_with_secret'],
          ...['raw', 'twice_the_signature', 'msal_alone'],
          ...['one_a_target', 'one_a_target_and_replica', 'one_tenant'],
        ]),
      ),
      ratio: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    },
    { additionalProperties: false },
  ),
)

const runBench = (...args: string[]) => runScript(main, ...args)

t.test('a short run measures everything, prints it and writes it as JSON', async (t) => {
  const file = join(t.testdir(), 'bench.json')
  const short = ['--quick', '--rounds', '1', '--seconds', '0.05', '--tenants', '1,20']
  const run = await runBench('--json', file, ...short)
  t.equal(run.status, 0, run.errors)

  const rows: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!Value.Check(Rows, rows)) return t.fail('the rows are malformed', { rows })
  const names = rows.map(({ name }) => name)
  // What a few tenants weigh is less than the noise of a heap, and nobody's request is to fail.
  for (const { name, value, unit } of rows)
    t.ok(unit === 'bytes' || (unit === 'requests' ? value === 0 : value > 0), `${name} is ${value}`)
  t.same([...new Set(names)], names, 'every row has a name of its own')
  for (const connections of [32, 1]) {
    for (const tenants of ['', 'tenants_20.']) {
      const prefix = `hit.${connections}.${tenants}`
      t.match(
        rows.find(({ name }) => name === `${prefix}requests_per_second`),
        { unit: '1/s', against: 'bare_fastify', ratio: Number },
      )
      t.match(
        rows.find(({ name }) => name === `${prefix}requests_per_second_to_raw_http`),
        { against: 'raw_http', ratio: Number },
      )
      t.match(
        rows.find(({ name }) => name === `${prefix}requests_per_second_to_oidc_provider`),
        { against: 'oidc_provider', ratio: Number },
      )
      for (const figure of ['latency_p50', 'latency_p99', 'server_cpu_per_request'])
        t.ok(names.includes(`${prefix}${figure}`), `${prefix}${figure} is measured`)
    }
  }
  const weights = ['memory.tenants_20.bytes_beside_the_token', 'mint.retained_bytes']
  for (const name of ['start.ready', 'mint.sign_ms', ...weights])
    t.ok(names.includes(name), `${name} is measured`)
  for (const [name, against] of [
    ['hit.1.tenants_20.latency_p50_to_msal', 'msal_cached'],
    ['hit.1.tenants_20.latency_p50_to_msal_with_secret', 'msal_cached_with_secret'],
    ['hit.32.tenants_20.latency_p99_to_one_tenant', 'one_tenant'],
    ['hit.paced.latency_p99', 'bare_fastify'],
    ['hit.paced.tenants_20.latency_p99_to_one_tenant', 'one_tenant'],
    ['herd.single.calls', 'one_a_target'],
    ['herd.many.calls', 'one_a_target'],
    ['mint.cpu_ms', 'raw'],
    ['mint.cpu_ms_to_signature', 'twice_the_signature'],
    ['mint.rss_mb', 'raw'],
    ['mint.rss_ready_mb', 'msal_alone'],
  ]) {
    const row = rows.find((one) => one.name === name)
    t.match(row, { against, ratio: Number }, `${name} is compared`)
  }
  for (const name of names) t.ok(run.output.includes(name), `${name} is printed`)
})

t.test('only what is named is measured', async (t) => {
  const run = await runBench('--quick', '--rounds', '1', '--seconds', '0.05', '--only', 'start')
  t.equal(run.status, 0, run.errors)
  t.match(run.output, 'start.ready')
  t.notMatch(run.output, /^(hit|herd|mint)\./m)
})

t.test('arguments that make no sense end in the usage, and nothing is measured', async (t) => {
  const file = join(t.testdir(), 'bench.json')
  for (const wrong of [
    ['--tenants', '1000,1'],
    ['--only', 'hits'],
    ['--only', 'hit,hit'],
  ]) {
    const run = await runBench('--json', file, ...wrong)
    t.equal(run.status, 64)
    t.match(run.errors, 'npm run bench')
    t.equal(existsSync(file), false)
  }
})
