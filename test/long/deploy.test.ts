import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { runSandbox } from '../fixture.ts'
import { items, members } from '../http/json-value.ts'
import { createRawClient } from '../http/raw-client.ts'

const deploy = new URL('../../deploy/', import.meta.url).pathname
const configuration = readFileSync(join(deploy, '../docs/configuration.md'), 'utf8')
const read = (path: string) => readFileSync(join(deploy, path), 'utf8')

function documents(path: string): Record<string, unknown>[] {
  return parseAllDocuments(read(path)).map((document) => {
    t.same(document.errors, [], path)
    return members(document.toJS())
  })
}

function documented(name: string): boolean {
  return name.startsWith('AZURE_') || configuration.includes(`| \`${name}\` `)
}

t.test('the Kustomize base has every resource that it names, and names every one that it has', async (t) => {
  const [kustomization] = documents('kubernetes/kustomization.yaml')
  const files = readdirSync(join(deploy, 'kubernetes')).filter((name) => name !== 'kustomization.yaml')
  const resources = kustomization?.['resources']
  const named = Array.isArray(resources) ? [...resources.map(String), 'config.env'] : []
  t.same(named.sort(), files.sort())
  for (const file of files.filter((name) => name.endsWith('.yaml')))
    for (const document of documents(`kubernetes/${file}`))
      t.match(document, { apiVersion: String, kind: String })
})

t.test('a pod can do no more than it must', async (t) => {
  const [deployment] = documents('kubernetes/deployment.yaml')
  const pod = members(members(members(deployment?.['spec'])['template'])['spec'])
  t.match(pod['securityContext'], {
    runAsNonRoot: true,
    runAsUser: 10001,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  const [broker] = items(pod['containers'])
  t.strictSame(broker?.['securityContext'], {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) t.ok(broker?.[probe], probe)
  const [account] = documents('kubernetes/service-account.yaml')
  t.equal(account?.['automountServiceAccountToken'], false)
})

t.test('every variable that is set is one that the broker knows', async (t) => {
  const kubernetes = [...read('kubernetes/config.env').matchAll(/^([A-Z_]+)=/gm)]
  const deployment = [...read('kubernetes/deployment.yaml').matchAll(/- name: ([A-Z_]+)$/gm)]
  const [compose] = documents('compose.yaml')
  const environment = members(members(members(compose?.['services'])['broker'])['environment'])
  const names = [...[...kubernetes, ...deployment].map(([, name = '']) => name), ...Object.keys(environment)]
  t.ok(names.length > 15)
  t.same(
    names.filter((name) => !documented(name)),
    [],
  )
})

t.test('what alerts and dashboard ask for is what the broker shows', async (t) => {
  const { caller, sandbox } = await runSandbox(t)
  for (const tenant of ['contoso', 'contoso', 'northwind'])
    await caller('POST', '/tokens', { tenant, scopes: ['Mail.Read'] })
  const { text } = await createRawClient(sandbox.broker.origin)({ method: 'GET', path: '/metrics' })
  const shown = new Set([...text.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name]) => name))
  for (const file of ['prometheus/alerts.yaml', 'grafana/graph-token-broker.json']) {
    const wanted = [...read(file).matchAll(/\b(?:token_broker|nodejs|process)_[a-z0-9_]+/g)].map(
      ([name]) => name,
    )
    t.ok(wanted.length > 5, file)
    t.same(
      wanted.filter((name) => !shown.has(name)),
      [],
      file,
    )
  }
})

const promtool = spawnSync('promtool', ['--version']).status === 0
t.test(
  'the alerts fire where they should, and not where they should not',
  { skip: promtool ? false : 'promtool is not installed (Debian: prometheus)' },
  async (t) => {
    const { status, stdout, stderr } = spawnSync(
      'promtool',
      ['test', 'rules', join(deploy, 'prometheus/alerts.test.yaml')],
      { encoding: 'utf8' },
    )
    t.equal(status, 0, stdout + stderr)
  },
)
