import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { type Members, members } from '../http/json-value.ts'
import { createRawClient } from '../http/raw-client.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const lock: Members = members(JSON.parse(read('package-lock.json')))
const manifest: Members = members(JSON.parse(read('package.json')))
const packages = Object.entries(members(lock['packages'])).filter(([path]) => path !== '')

/** Packages whose install scripts were looked at; `--ignore-scripts` leaves them out of the image anyway. */
const allowedScripts: readonly string[] = []

t.test('every package is pinned by its content', async (t) => {
  t.ok(packages.length > 100)
  for (const [path, entry] of packages) {
    const { integrity, link, optional, version } = members(entry)
    // Platforms that the lockfile was not made on: npm writes their names, and nothing of what is in them.
    if (integrity === undefined && optional === true && path.startsWith('node_modules/@biomejs/cli-'))
      continue
    t.match(integrity, /^sha512-/, `${path} ${String(version)}`)
    t.equal(link, undefined, `${path} is no link to somewhere else`)
  }
})

t.test('no package runs anything when it is installed, but those that were looked at', async (t) => {
  const scripted = packages.filter(([, entry]) => members(entry)['hasInstallScript'] === true)
  t.strictSame(
    scripted.map(([path]) => path),
    allowedScripts,
  )
})

t.test('what is asked for is one version each, and nothing but releases', async (t) => {
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, version] of Object.entries(members(manifest[group])))
      t.match(version, /^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/, name)
  }
})

t.test('no package is named from where it was fetched', async (t) => {
  for (const [path, entry] of packages) t.equal(members(entry)['resolved'], undefined, path)
})

t.test(
  'the image installs what is locked, runs none of its scripts, and runs as nobody in particular',
  async (t) => {
    const lines = read('Dockerfile').split('\n')
    const installs = lines.filter((line) => /\bnpm (ci|install|i|exec)\b|\bnpx\b/.test(line))
    t.ok(installs.length > 0)
    for (const line of installs) t.match(line, /^RUN npm ci .*--ignore-scripts$/)
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
    const users = last.map((line) => /^USER (\d+):(\d+)$/.exec(line)).filter((match) => match !== null)
    t.equal(users.length, 1)
    for (const id of users[0]?.slice(1) ?? []) t.ok(Number(id) >= 10_001)
    t.strictSame(
      last.filter((line) => /^(ADD|RUN .*(curl|wget))/.test(line)),
      [],
    )
  },
)

t.test(
  'every reply says what a browser may do with it: nothing, but on the pages that are meant for one',
  async (t) => {
    const { sandbox } = await runSandbox(t)
    const { operatorKey, callerKey } = sandbox.demo
    const anonymous = createRawClient(sandbox.broker.origin)
    const operator = createRawClient(sandbox.broker.origin, operatorKey)
    const sealed = {
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    }
    for (const path of ['/livez', '/readyz', '/metrics', '/nowhere', '/tenants', '/%zz'])
      t.match((await anonymous({ method: 'GET', path })).headers, sealed, path)
    for (const path of ['/tenants', '/callers/demo-service', '/export', '/audit', '/scopes'])
      t.match(await operator({ method: 'GET', path }), { status: 200, headers: sealed }, path)
    const body = JSON.stringify({ tenant: 'contoso', scopes: ['Mail.Read'] })
    const token = await createRawClient(
      sandbox.broker.origin,
      callerKey,
    )({
      method: 'POST',
      path: '/tokens',
      headers: { 'content-type': 'application/json' },
      body,
    })
    t.match(token, {
      status: 200,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' },
    })

    const docs = await anonymous({ method: 'GET', path: '/docs/' })
    const policy = String(docs.headers['content-security-policy'])
    t.match(docs, {
      status: 200,
      headers: { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
    })
    t.match(policy, /^default-src 'none'; script-src 'self'; /)
    t.notMatch(policy, /script-src[^;]*unsafe|https?:|\*|upgrade-insecure/)
  },
)
