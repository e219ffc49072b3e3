import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import Type from 'typebox'
import Value from 'typebox/value'
import { runScript } from '../run-script.ts'

const main = new URL('../../bench/soak.ts', import.meta.url).pathname

const Rows = Type.Array(
  Type.Object(
    { name: Type.String(), value: Type.Number(), unit: Type.Enum(['count', '1/s', 'ms', 'MB']) },
    { additionalProperties: false },
  ),
)

const runSoak = (...args: string[]) => runScript(main, ...args)

t.test('twenty seconds of tokens that live for ten: every request is answered', async (t) => {
  const file = join(t.testdir(), 'soak.json')
  const run = await runSoak('--minutes', String(20 / 60), '--lifetime', '10', '--json', file)
  t.equal(run.status, 0, run.errors)

  const rows: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!Value.Check(Rows, rows)) return t.fail('the rows are malformed', { rows })
  const figures = new Map(rows.map(({ name, value }) => [name, value]))
  t.equal(figures.get('soak.failed'), 0)
  t.equal(figures.get('soak.requests'), 32 + 20 * 200, 'one on each connection, and then those that were due')
  t.ok(Number(figures.get('soak.mints')) >= 100, 'the 50 tenants had their tokens renewed')
  for (const name of [
    'rate',
    'p50',
    'p99',
    'rss_start_mb',
    'rss_end_mb',
    'descriptors_min',
    'descriptors_max',
  ])
    t.ok(Number(figures.get(`soak.${name}`)) > 0, `${name} is measured`)
  t.ok(Number.isFinite(figures.get('soak.rss_growth_mb_per_minute')))
  for (const name of figures.keys()) t.match(run.output, name, `${name} is printed`)
})

t.test('arguments that make no sense end in the usage, and nothing is run', async (t) => {
  const file = join(t.testdir(), 'soak.json')
  const run = await runSoak('--json', file, '--minutes', 'twelve')
  t.equal(run.status, 64)
  t.match(run.errors, 'npm run soak')
  t.equal(existsSync(file), false)
})
