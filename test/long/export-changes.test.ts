import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { type ApiClient, createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { startLocalBroker } from '../../sandbox/broker.ts'
import { freePort } from '../../sandbox/loopback.ts'
import { runSandbox } from '../fixture.ts'
import { members } from '../http/json-value.ts'
import { expectRefusal, listOf } from '../routes/expect-refusal.ts'

const script = fileURLToPath(new URL('../../deploy/restore-registry.sh', import.meta.url))
const run = promisify(execFile)
const missing = ['bash', 'curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
const withoutTools = missing.length > 0 && `the script needs ${missing.join(' and ')}`

const { operator, caller, sandbox } = await runSandbox(t)
/** With every member that can be set, and text that a careless script trips over. */
const unusual = {
  applications: {
    id: 'gov',
    client_id: randomUUID(),
    cloud: 'usgov',
    display_name: 'Größe "1" \\ $(id) 漢字 — `x`',
    support_url: "https://example.com/help?a=1&b='2'",
    return_url: 'https://example.com/done?x=%20y',
    permissions: ['Mail.Read', 'outlook:IMAP.AccessAsApp'],
    signing_alg: 'RS256',
  },
  tenants: {
    id: 'agency',
    directory_id: randomUUID(),
    cloud: 'usgov',
    display_name: "line one\nline two %s '",
    labels: { plan: 'pro', 'region.eu': '' },
    applications: ['gov'],
    role_check: 'warn',
    enabled: false,
  },
  callers: {
    id: 'everything',
    role: 'auditor',
    dialect: 'aurinko',
    identities: [{ issuer: 'https://issuer.example/a?b=1&c', subject: `it's "$(id)" \\ %s` }],
    rate_limit: 600,
    enabled: false,
    grants: [
      { tenants: '*', permissions: ['Mail.Read'], excess: 'allow' },
      {
        tenants: { ids: ['agency', 'not-yet-there'] },
        permissions: ['outlook:IMAP.AccessAsApp'],
        excess: 'refuse',
      },
      { tenants: { labels: { plan: 'pro' } }, permissions: ['Mail.Send'], excess: 'refuse' },
    ],
  },
}
for (const [kind, document] of Object.entries(unusual)) {
  await expectSuccess(operator('PUT', `/${kind}/${document.id}`, document))
}

t.test('the export has every record as it can be PUT, and nothing secret', async (t) => {
  const { body, headers } = await operator('GET', '/export')
  t.equal(headers['cache-control'], 'no-store')
  for (const [kind, document] of Object.entries(unusual)) {
    const exported = listOf(body[kind]).find(({ id }) => id === document.id)
    t.strictSame(exported, document, `${kind}: as it was sent`)
  }
  t.ok(Math.abs(Date.parse(text(body, 'exported_at')) - Date.now()) < 60_000)
  for (const kind of ['applications', 'tenants', 'callers']) {
    const documents = listOf(body[kind])
    t.strictSame(
      documents.map(({ id }) => id),
      documents.map(({ id }) => id).toSorted(),
    )
    for (const document of documents) {
      const path = `/${kind}/${String(document['id'])}`
      const before = await operator('GET', path)
      const put = await operator('PUT', path, document)
      t.strictSame([put.status, put.headers['etag']], [200, before.headers['etag']], `${path} is as exported`)
    }
  }
  const [credential] = listOf(body['credentials'])
  t.match(credential, { application: 'demo', credential: { state: 'active', key_vault: { name: /^gtb-/ } } })
  const everything = JSON.stringify(body)
  t.notMatch(everything, /gtb\.[a-z0-9]{16}|PRIVATE KEY|sha256":"[0-9a-f]{64}/)
  expectRefusal(t, await caller('GET', '/export'), { status: 403, code: 'role_required' })
})

t.test(
  'a broker that is empty has it all after the script; the second time nothing changes',
  { skip: withoutTools },
  async (t) => {
    const { folder, origin, bootstrap } = await emptyBroker(t)
    const exported = await expectSuccess(operator('GET', '/export'))
    const file = join(folder, 'export.json')
    writeFileSync(file, JSON.stringify(exported, null, 2))
    const restore = () =>
      run('bash', [script, file], {
        env: { ...process.env, BROKER_URL: origin, BROKER_KEY_FILE: join(folder, 'bootstrap-operator-key') },
      })
    const counted = ['applications', 'tenants', 'callers'].map(
      (kind) => [kind, listOf(exported[kind]).length] as const,
    )

    const first = await restore()
    t.equal(
      first.stdout,
      counted.map(([kind, count]) => `${kind}: ${count} created, 0 there already\n`).join(''),
    )
    const restored = await expectSuccess(bootstrap('GET', '/export'))
    t.strictSame(withoutTimesAndCredentials(restored), withoutTimesAndCredentials(exported))
    t.strictSame(restored['credentials'], [])
    const audit = await expectSuccess(bootstrap('GET', '/audit?page_size=200'))

    const second = await restore()
    t.equal(
      second.stdout,
      counted.map(([kind, count]) => `${kind}: 0 created, ${count} there already\n`).join(''),
    )
    t.strictSame((await bootstrap('GET', '/audit?page_size=200')).body, audit)
    t.strictSame(
      withoutTimesAndCredentials(await expectSuccess(bootstrap('GET', '/export'))),
      withoutTimesAndCredentials(exported),
    )
    await takeUpKey(bootstrap, members(listOf(exported['credentials'])[0]?.['credential']))
    t.comment(
      `${counted.map(([kind, count]) => `${count} ${kind}`).join(', ')} restored; 0 changes the second time`,
    )
  },
)

/** The key is still in the vault, and Entra knows its certificate: nobody has to upload anything. */
async function takeUpKey(restored: ApiClient, { key_vault }: Readonly<Record<string, unknown>>) {
  const order = { type: 'certificate', source: 'key_vault', name: members(key_vault)['name'] }
  const added = await restored('POST', '/applications/demo/credentials', order)
  const ifMatch = { 'if-match': String(added.headers['etag']) }
  const path = `/applications/demo/credentials/${text(added.body, 'id')}`
  const active = await restored('PATCH', path, { state: 'active' }, ifMatch)
  t.match(active, { status: 200, body: { state: 'active' } }, 'a trial token was had with it')
  t.strictSame((await restored('POST', '/key-vault/diagnosis')).body['orphans'], [])
}

t.test('the script stops at what is refused, and says what', { skip: withoutTools }, async (t) => {
  const { folder, origin, bootstrap } = await emptyBroker(t)
  const file = join(folder, 'export.json')
  const good = { client_id: randomUUID(), display_name: 'Good', permissions: [] }
  const applications = [
    { ...good, id: 'first' },
    { ...good, id: 'tokens' },
    { ...good, id: 'third' },
  ]
  writeFileSync(file, JSON.stringify({ applications, tenants: [], callers: [] }))
  const env = { ...process.env, BROKER_URL: origin, BROKER_KEY_FILE: join(folder, 'bootstrap-operator-key') }
  await t.rejects(run('bash', [script, file], { env }))
  const { body } = await bootstrap('GET', '/applications')
  t.strictSame(
    listOf(body['items']).map(({ id }) => id),
    ['first'],
  )
})

function withoutTimesAndCredentials({
  exported_at: _at,
  credentials: _credentials,
  ...rest
}: Record<string, unknown>) {
  return rest
}

/** Beside the sandbox's own, in the same local cloud. */
async function emptyBroker(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'restored-'))
  const broker = await startLocalBroker(sandbox.cloud, { folder, port: await freePort(), logLevel: 'silent' })
  t.teardown(async () => {
    await broker.close()
    rmSync(folder, { recursive: true })
  })
  const { origin, bootstrapKey: key } = broker
  return { folder, origin, bootstrap: createApiClient({ origin, key }) }
}
