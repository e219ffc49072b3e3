import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t from 'tap'
import { buildImage, imageCommand, imageFlags } from '../../bench/image.ts'
import { readResident } from '../../bench/process-state.ts'
import packageJson from '../../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const run = promisify(execFile)

interface Instruction {
  readonly name: string
  readonly value: string
}

/** One entry an instruction, its continued lines joined, without comments. */
const instructions = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line): Instruction => {
    const [, name = '', value = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    return { name, value }
  })

function valuesOf(name: string): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ value }) => value)
}

/** The instructions of the image that is shipped: what stands after the last FROM. */
const shipped = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
const lastOf = (name: string) => shipped.findLast((instruction) => instruction.name === name)?.value ?? ''

t.test('every stage is built on the same pinned Node', async (t) => {
  const images = valuesOf('FROM').map((value) => value.split(' ')[0])
  t.strictSame([...new Set(images)], ['node:24-bookworm-slim'])
})

t.test('the image runs the production start, as an unprivileged user', async (t) => {
  const [user, group] = lastOf('USER').split(':').map(Number)
  t.ok(Number(user) >= 10_001 && Number(group) >= 10_001, lastOf('USER'))
  t.strictSame(JSON.parse(lastOf('CMD')), ['node', '--max-semi-space-size=8', 'dist/src/server.js'])
  t.equal(lastOf('STOPSIGNAL'), 'SIGTERM')
  t.match(lastOf('ENV'), /\bNODE_ENV=production\b/)
  t.match(lastOf('LABEL'), `org.opencontainers.image.version="${packageJson.version}"`)
})

t.test('without an image, Node is started with the same flags', async (t) => {
  const flags = imageFlags.join(' ')
  t.equal(packageJson.scripts.start, `node ${flags} src/server.ts`)
  t.match(read('README.md'), `\nnode ${flags} dist/src/server.js\n`)
  t.match(read('docs/operations.md'), `\`${flags}\``)
})

t.test('what the image writes is in its volume', async (t) => {
  const [, path = ''] = /\bSQLITE_PATH=(\S+)/.exec(lastOf('ENV')) ?? []
  t.ok(path.startsWith(`${lastOf('VOLUME')}/`), path)
  t.match(lastOf('RUN'), `install -d -o 10001 -g 10001 -m 0700 ${lastOf('VOLUME')}`)
})

t.test(
  'the image has the packages of production alone, and nothing ran while they were installed',
  async (t) => {
    const copied = shipped.filter(({ name }) => name === 'COPY').map(({ value }) => value)
    t.ok(copied.includes('--from=dependencies /app/node_modules node_modules'), copied.join('; '))
    const stages = read('Dockerfile').split(/^FROM /m)
    const dependencies = stages.find((stage) => /^\S+ AS dependencies\n/.test(stage)) ?? ''
    t.match(dependencies, /^RUN npm ci --omit=dev --omit=optional --ignore-scripts$/m)
  },
)

t.test('neither sandbox nor tests get into the image', async (t) => {
  const sources = valuesOf('COPY').flatMap((value) => value.split(' ').slice(0, -1))
  t.notOk(
    sources.some((source) => /sandbox|test|^\.$|\*/.test(source)),
    sources.join(' '),
  )
  const [first, ...admitted] = read('.dockerignore').trim().split('\n')
  t.equal(first, '*', 'what is not named is kept out')
  const local = sources.filter((source) => existsSync(join(root, source)))
  t.strictSame(admitted.map((line) => line.replace('!', '')).sort(), [...new Set(local)].sort())
})

/** The probe as the container runs it. */
function probe(): string[] {
  const [command = '', ...rest]: string[] = JSON.parse(lastOf('HEALTHCHECK').replace(/^.*? CMD /, ''))
  t.equal(command, 'node', 'the image has no curl')
  return rest
}

/**
 * Nothing of the environment that the test runs in, which may have the broker's own variables; nor NODE_OPTIONS, by
 * which the test runner would have it do more than the image does.
 */
function start(folder: string, env: Record<string, string>) {
  const script = 'unset NODE_OPTIONS; exec "$0" "$@"'
  return spawn('/bin/sh', ['-c', script, process.execPath, ...imageCommand], { cwd: folder, env })
}

t.test('what is built', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'image-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  await buildImage(folder)

  t.test('holds the production code alone', async (t) => {
    t.strictSame(readdirSync(join(folder, 'dist')).sort(), ['package.json', 'routes', 'src'])
  })

  t.test('refuses to start without its configuration, naming every missing variable', async (t) => {
    const broker = start(folder, {})
    const lines: string[] = []
    createInterface(broker.stderr).on('line', (line) => lines.push(line))
    t.strictSame(await once(broker, 'close'), [78, null])
    const required = ['PUBLIC_URL', 'KEY_VAULT_URL', 'SQLITE_PATH', 'BROKER_SECRET_FILE']
    t.equal(lines.length, 1 + required.length, lines.join('\n'))
    for (const name of required)
      t.ok(
        lines.some((line) => line.startsWith(`  - ${name} is missing`)),
        name,
      )
  })

  t.test('starts when it is configured, answers the probe, stays small, and ends on SIGTERM', async (t) => {
    const secret = join(folder, 'broker-secret')
    writeFileSync(secret, 's'.repeat(64))
    const broker = start(folder, {
      LISTEN: '127.0.0.1:0',
      PUBLIC_URL: 'https://broker.example.com',
      KEY_VAULT_URL: 'https://contoso-broker.vault.azure.net',
      SQLITE_PATH: join(folder, 'state/registry.sqlite'),
      BROKER_SECRET_FILE: secret,
    })
    t.teardown(() => broker.kill('SIGKILL'))
    const log = createInterface(broker.stderr)
    let port = ''
    for await (const line of log) {
      port = /"listen":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(line)?.[1] ?? port
      if (line.includes('"msg":"ready"')) break
    }
    const env = { LISTEN: `127.0.0.1:${port}` }
    await t.resolves(run(process.execPath, probe(), { env }))
    const resident = readResident(broker.pid)
    t.ok(resident === undefined || resident < 160e6, `it takes ${resident} bytes while nobody calls`)

    broker.kill('SIGTERM')
    t.strictSame(await once(broker, 'exit'), [0, null])
    await t.rejects(run(process.execPath, probe(), { env }), { code: 1 })
  })
})
