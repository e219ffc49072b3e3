import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  cataloguedPermissions,
  findPermission,
  findResource,
  findRole,
  resourceAppId,
} from '../../src/catalogue/catalogue.ts'
import implications from '../../src/catalogue/data/implications.json' with { type: 'json' }
import notes from '../../src/catalogue/data/notes.json' with { type: 'json' }
import azureAdGraph from '../../src/catalogue/data/resources/azure-ad-graph.json' with { type: 'json' }
import graph from '../../src/catalogue/data/resources/graph.json' with { type: 'json' }
import outlook from '../../src/catalogue/data/resources/outlook.json' with { type: 'json' }
import { microsoftClouds } from '../../src/domain/cloud.ts'
import { formatPermission, resources } from '../../src/domain/permission.ts'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const folder = join(import.meta.dirname, '../../src/catalogue/data')

t.test('Every data file says which public source it came from', async (t) => {
  const cited = /"source": \[\n {4}\{"(repository":"[\w.-]+\/[\w.-]+","commit":"[0-9a-f]{40}"|url":"https:)/
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'))
  t.ok(files.length >= 11)
  for (const file of files) t.match(await readFile(join(folder, file), 'utf8'), cited, file)
})

t.test('Each resource has permissions of unique values and ids that are GUIDs', async (t) => {
  for (const { appId, permissions } of [graph, outlook]) {
    t.match(appId, guid)
    t.equal(new Set(permissions.map(({ value }) => value.toLowerCase())).size, permissions.length)
    t.equal(new Set(permissions.map(({ id }) => id)).size, permissions.length)
    t.ok(permissions.every(({ id, displayName }) => guid.test(id) && displayName !== ''))
    t.ok(permissions.every(({ value }) => /^[\w.-]{1,64}$/.test(value)))
  }
  t.equal(graph.permissions.length, 714)
  t.equal(cataloguedPermissions.length, graph.permissions.length + outlook.permissions.length)
})

t.test('Every permission is found by its name in any case, and no other name finds it', async (t) => {
  for (const permission of cataloguedPermissions) {
    const name = formatPermission(permission)
    const found = [name, name.toUpperCase(), name.toLowerCase()].map(findPermission)
    if (!found.every((each) => each === permission)) t.fail(`${name} is not found`)
  }
  t.equal(findPermission('graph:mail.read')?.value, 'Mail.Read')
  for (const name of [
    '',
    'Mail',
    'Mail.Read ',
    'IMAP.AccessAsApp',
    'outlook:Mail.Read',
    '__proto__',
    'graph:',
  ]) {
    t.equal(findPermission(name), undefined, name)
  }
  t.equal(findPermission('AgentCard.Read.All'), undefined, 'disabled by Microsoft')
})

t.test('Each resource is known by its application id and by its URI in every cloud', async (t) => {
  for (const resource of resources) {
    t.equal(findResource(resourceAppId(resource)), resource)
    for (const cloud of Object.values(microsoftClouds))
      t.equal(findResource(cloud.resources[resource]), resource)
  }
})

t.test('Implications and notes name existing permissions, each once', async (t) => {
  for (const edges of [implications.edges, implications.never]) {
    t.same(
      edges.filter(({ granted, covers }) => !findPermission(granted) || !findPermission(covers)),
      [],
    )
    t.equal(new Set(edges.map(({ granted, covers }) => `${granted} ${covers}`)).size, edges.length)
  }
  t.ok(implications.edges.every(({ granted, covers }) => granted !== covers))
  t.ok(implications.edges.every(({ confidence }) => confidence === 'high' || confidence === 'medium'))
  t.same(
    notes.notes.filter(({ permission }) => !findPermission(permission)),
    [],
  )
  t.ok(notes.notes.every(({ note }) => note.endsWith('.')))
})

t.test('An app role id finds the permission of its own resource, and no other id finds any', async (t) => {
  for (const permission of cataloguedPermissions) {
    const key = permission.resource === 'graph' ? permission.id : `${permission.resource}:${permission.id}`
    if (findRole(key) !== permission) t.fail(`${key} does not find ${formatPermission(permission)}`)
  }
  t.equal(findRole('outlook:810c84a8-4a9e-49e6-bf7d-12d183f40d01'), undefined, 'Mail.Read of Graph')
  t.equal(
    findRole('dc890d15-9560-4a4c-9b7f-a736ec74ec40'),
    undefined,
    'full_access_as_app of Exchange Online',
  )
  t.equal(findRole('570282fd-fa5c-430d-a7fd-fc8dc98a9dca'), undefined, 'Mail.Read for signed-in users')
  t.equal(findPermission('810c84a8-4a9e-49e6-bf7d-12d183f40d01'), undefined, 'operators write names')
})

t.test(
  'Each name and role id of Azure AD Graph is there once, and known permissions stand for it',
  async (t) => {
    t.equal(azureAdGraph.scopes.length, 15)
    const names = azureAdGraph.scopes.flatMap((row) =>
      ['id' in row ? [row.id] : [], row.scope.toLowerCase()].flat(),
    )
    t.equal(new Set(names).size, names.length)
    for (const row of azureAdGraph.scopes) {
      t.ok(
        row.permissions.every((name) => findPermission(name)),
        row.scope,
      )
      t.ok(!('id' in row) || guid.test(row.id ?? ''), row.scope)
    }
  },
)
