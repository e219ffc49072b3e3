import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const script = join(import.meta.dirname, '../../scripts/build-catalogue.ts')
const commit = '0'.repeat(40)
const id = '810c84a8-4a9e-49e6-bf7d-12d183f40d01'

function tables(permission: string): Record<string, string> {
  const graph = {
    meta: { source: { repo: 'owner/graph', commit, files: ['roles.json'] } },
    permissions: [
      { value: 'Mail.Send', applicationId: id, displayName: 'Send mail', unread: true },
      { value: 'Mail.Read', applicationId: id, displayName: 'Read mail' },
      { value: 'Mail.Read.Shared', delegatedId: id, displayName: 'Read shared mail' },
      { value: 'Mail.Gone', applicationId: id, displayName: 'Disabled', enabled: false },
    ],
  }
  const dialects = {
    meta: {
      sources: {
        'aurinko-sdk': `github owner/sdk@${commit} api/openapi.yaml components`,
        'exo-docs': 'a page',
      },
    },
    resources: { graph: { appId: id, uris: ['https://Graph.example'] }, outlook: { appId: id, uris: [] } },
    dialects: {
      aurinko: {
        title: 'Aurinko',
        scopes: { Read: { permissions: [permission], fidelity: 'exact', source: 'seed-aurinko' } },
      },
    },
  }
  const edge = { superset: 'Mail.Send', subset: 'Mail.Read', kind: 'full', confidence: 'high' }
  const implications = {
    meta: { sources: {} },
    edges: [edge, { ...edge, kind: 'partial' }, { ...edge, confidence: 'low' }],
    nonImplications: [{ granted: 'Mail.Read', requested: 'Mail.Send' }],
  }
  return {
    'graph-permissions.json': JSON.stringify(graph),
    'dialects.json': JSON.stringify(dialects),
    'implications.json': JSON.stringify(implications),
    'resources.json': JSON.stringify({ outlookAppRoles: [], cloudSources: {} }),
  }
}

t.test(
  'The catalogue is built from source tables: usable permissions, sorted, one entry a line',
  async (t) => {
    const folder = t.testdir({ from: tables('Mail.Read'), to: {} })
    await run(process.execPath, [script, '--from', join(folder, 'from'), '--to', join(folder, 'to')])
    const read = (name: string) => readFile(join(folder, 'to', name), 'utf8')
    t.equal(
      await read('graph.json'),
      `{
  "source": [
    {"repository":"owner/graph","commit":"${commit}","path":"roles.json"}
  ],
  "appId": "${id}",
  "uris": [
    "https://graph.example"
  ],
  "permissions": [
    {"value":"Mail.Read","id":"${id}","displayName":"Read mail"},
    {"value":"Mail.Send","id":"${id}","displayName":"Send mail"}
  ]
}
`,
    )
    t.match(JSON.parse(await read('aurinko.json')), {
      source: [{ repository: 'owner/sdk', commit, path: 'api/openapi.yaml' }],
      scopes: [{ scope: 'Read', permissions: ['Mail.Read'], fidelity: 'exact', origin: 'published' }],
    })
    t.strictSame(JSON.parse(await read('implications.json')).edges, [
      { granted: 'Mail.Send', covers: 'Mail.Read', confidence: 'high' },
    ])
  },
)

t.test('A dialect that names no application permission stops the build', async (t) => {
  const folder = t.testdir({ from: tables('Mail.Read.Shared'), to: {} })
  const build = run(process.execPath, [script, '--from', join(folder, 'from'), '--to', join(folder, 'to')])
  await t.rejects(build, /Read names Mail\.Read\.Shared/)
})

t.test('Without a folder to read, the script tells its usage', async (t) => {
  await t.rejects(run(process.execPath, [script]), { code: 2, stderr: /usage: / })
})
