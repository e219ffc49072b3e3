import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import packageJson from '../package.json' with { type: 'json' }
import { createApiClient, expectSuccess, text } from '../sandbox/api-client.ts'
import { loadConfig } from '../src/config.ts'
import { type Running, runSandbox } from './fixture.ts'

const root = resolve(import.meta.dirname, '..')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'client/README.md',
  'docs/architecture.md',
  'docs/comparison.md',
  'docs/callers.md',
  'docs/clients.md',
  ...readdirSync(join(root, 'docs/clients')).map((name) => `docs/clients/${name}`),
  'docs/audit.md',
  'docs/configuration.md',
  'docs/credentials.md',
  'docs/faults.md',
  'docs/redis.md',
  'docs/operations.md',
  'docs/platforms.md',
  'docs/tenants.md',
]
const read = (path: string) => readFileSync(join(root, path), 'utf8')

t.test('a page names only npm scripts that exist', async (t) => {
  const scripts = Object.keys(packageJson.scripts)
  for (const page of [...pages, '.ci/run']) {
    const named = [...read(page).matchAll(/npm (?:run (?:--?\w+ )*([\w:]+)|(test|start)\b)/g)]
    for (const [, run, short] of named) t.ok(scripts.includes(run ?? short ?? ''), `${page}: ${run ?? short}`)
  }
})

t.test('a page links only to files and headings that exist', async (t) => {
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\(((?!https?:)[^)]+)\)/g)) {
      const [path = '', heading] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      t.ok(existsSync(join(root, file)), `${page}: ${target}`)
      if (heading !== undefined) t.ok(headings(read(file)).includes(heading), `${page}: ${target}`)
    }
  }
})

function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

t.test('no page names a folder of the machine that it was written on', async (t) => {
  const personal = /(?<![\w.])\/(?:home|root|tmp|mnt|opt|Users|work|workspaces?)(?:\/|\b)/
  for (const page of [...pages, 'NOTICE', 'Dockerfile', '.dockerignore', '.ci/run']) {
    t.notMatch(read(page), personal, page)
    t.notMatch(read(page), `${root}/`, page)
  }
})

t.test('CI runs the test command of the README, and lets no test be skipped', async (t) => {
  t.match(read('README.md'), '$ npm ci && npm test\n')
  const run = read('.ci/run')
  t.match(run, /^npm ci\n[\s\S]*^tested check$/m)
  t.match(run, /^tested\(\) \{\n {2}npm run "\$1" /m)
  t.match(packageJson.scripts.check, /&& npm test$/)
  t.match(run, /^export TAP_FAIL_SKIP=1\nexport TAP_FAIL_TODO=1$/m)
})

interface Variable {
  readonly name: string
  readonly fallback: string
  readonly example: string
}

const configuration = read('docs/configuration.md')

function rowsOf(section: string): string[][] {
  const body = configuration.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? ''
  const rows = body.split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')))
}

const variables = rowsOf('Variables').map(
  ([, name = '', , fallback = '', , example = '']): Variable => ({ name, fallback, example }),
)

t.test('the configuration page has exactly the variables that the broker reads', async (t) => {
  const asked = new Set<string>()
  const spy = new Proxy<Record<string, string>>(
    {},
    {
      get(_target, name) {
        asked.add(String(name))
        return undefined
      },
    },
  )
  loadConfig(spy, () => '')
  const documented = [...variables.map(({ name }) => name), ...rowsOf('Refused').map(([, name = '']) => name)]
  t.equal(new Set(documented).size, documented.length, 'each stands there once')
  t.strictSame(documented.toSorted(), [...asked].sort())
})

/** What the files that the examples name hold. */
function contentOf(path: string): string {
  if (path.includes('operator-key')) return `gtb.${'a'.repeat(16)}.${'b'.repeat(43)}\n`
  return path.includes('secret') ? `${'s'.repeat(64)}\n` : '-----BEGIN CERTIFICATE-----\n'
}

/** Variables of which exactly one is set, so that there is an environment for each. */
const databases = variables.filter(({ fallback }) => fallback === 'one of the two')

t.test('every example of issuers is taken', async (t) => {
  const examples = [...read('docs/callers.md').matchAll(/```json\n([^`]+)```/g)]
  t.ok(examples.length >= 3)
  for (const [, json] of examples) {
    const loaded = loadConfig({ JWT_ISSUERS: String(json) }, () => '-----BEGIN CERTIFICATE-----')
    t.notOk(!loaded.ok && loaded.failure.some((fault) => fault.includes('JWT_ISSUERS')), String(json))
  }
})

t.test('every example of the configuration page is taken', async (t) => {
  t.equal(databases.length, 2)
  for (const database of databases) {
    const set = variables.filter((variable) => variable === database || !databases.includes(variable))
    const environment = Object.fromEntries(set.map(({ name, example }) => [name, example]))
    const loaded = loadConfig(environment, contentOf)
    t.ok(loaded.ok, loaded.ok ? `all at once, with ${database.name}` : loaded.failure.join(' '))
  }
  const both = Object.fromEntries(variables.map(({ name, example }) => [name, example]))
  t.notOk(loadConfig(both, contentOf).ok, 'and not both')
})

t.test('the defaults of the configuration page are those of the broker', async (t) => {
  const [database] = databases
  const required = variables.filter((variable) => variable.fallback === 'required' || variable === database)
  const given = variables.filter(({ fallback }) => !['required', 'none', 'one of the two'].includes(fallback))
  const least = Object.fromEntries(required.map(({ name, example }) => [name, example]))
  const said = Object.fromEntries(given.map(({ name, fallback }) => [name, fallback]))
  t.strictSame(loadConfig({ ...least, ...said }, contentOf), loadConfig(least, contentOf))
  for (const { name } of required) {
    const { [name]: _, ...rest } = least
    t.notOk(loadConfig(rest, contentOf).ok, `${name} is required`)
  }
})

const readme = read('README.md')

/** The code blocks under one heading of the README, in one language. */
function blocks(heading: string, language: string): string[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  const found = section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))
  return [...found].map(([, code = '']) => code)
}

/** Runs a block as a person would, but for the address and the folder, which are the test's own. */
async function shell({ sandbox, folder }: Running, code: string): Promise<string> {
  const adapted = code
    .replaceAll('http://127.0.0.1:8080', sandbox.broker.origin)
    .replaceAll('./.sandbox/', `${folder}/`)
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', adapted])
  return stdout
}

t.test('the curl of the README gets a token from a running sandbox', async (t) => {
  const running = await runSandbox(t)
  const [curl = ''] = blocks('Try it', 'sh')
  const [token = '', problem = ''] = blocks('Try it', 'json').map((code) => JSON.parse(code))
  const reply = JSON.parse(await shell(running, curl))
  const lifetime = { expires_in: Number, expires_at: Number, access_token: /^eyJ0eXAiOiJKV1Qi/ }
  t.strictSame(Object.keys(reply), Object.keys(token))
  t.match(reply, { ...token, ...lifetime })

  const refused = curl.replace('contoso', 'fabrikam').replace('Mail.Read"', 'Mail.ReadWrite"')
  const link = { admin_consent_url: /\/consent\// }
  t.match(JSON.parse(await shell(running, refused)), { ...problem, ...link })
})

t.test('the commands of an operator in the README lead from nothing to a token', async (t) => {
  const running = await runSandbox(t)
  const [prelude = '', application = '', credential = '', tenant = '', activation = '', caller = ''] = blocks(
    'What an operator does',
    'sh',
  )
  const operator = (code: string) => shell(running, `${prelude}\n${code}`)
  const { client_id } = JSON.parse(await operator(application))
  const created = await operator(credential)
  const [, etag = ''] = /^etag: (.+?)\r?$/im.exec(created) ?? []
  const { id, certificate } = JSON.parse(created.slice(created.indexOf('{"')))
  const { directory_id, consents } = JSON.parse(await operator(tenant))
  t.match(consents, [{ status: 'unknown', admin_consent_url: /^http:.*\/consent\// }])
  await actInPortal(t, running, { client_id, certificate, directory_id })

  const active = await operator(activation.replace('eef252ec', id).replace('"13"', etag))
  t.match(JSON.parse(active), { id, state: 'active' })
  const nextYear = new Date(Date.now() + 31_536_000_000).toISOString()
  const [, key = ''] =
    /"key":"([^"]+)"/.exec(await operator(caller.replace(/20\d\d-[\d:TZ-]+/, nextYear))) ?? []
  const service = createApiClient({ origin: running.sandbox.broker.origin, key })
  const reply = await service('POST', '/tokens', { tenant: 'adatum', scopes: ['Mail.Read'] })
  t.match(reply, { status: 200, body: { application: 'sync', granted_permissions: ['Mail.Read'] } })
})

interface Portal {
  readonly client_id: string
  readonly certificate: string
  readonly directory_id: string
}

/** What people do at Microsoft: upload the certificate, and consent. */
async function actInPortal(t: Test, { sandbox }: Running, { client_id, certificate, directory_id }: Portal) {
  const dispatcher = new Agent({ connect: { ca: sandbox.cloud.certificatePem } })
  t.teardown(() => dispatcher.close())
  const entra = createApiClient({ origin: sandbox.file.entra, dispatcher })
  const put = async (path: string, body: object) => expectSuccess(entra('PUT', `/_sandbox${path}`, body))
  const registered = await put(`/applications/${client_id}`, { certificates: [certificate] })
  t.equal(text(registered, 'client_id'), client_id)
  await put(`/directories/${directory_id}`, { display_name: 'Adatum' })
  await put(`/directories/${directory_id}/consents/${client_id}`, { roles: ['Mail.Read'] })
}
