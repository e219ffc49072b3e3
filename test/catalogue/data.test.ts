import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  cataloguedPermissions,
  findPermission,
  findResource,
  resourceAppId,
} from '../../src/catalogue/catalogue.ts'
import aurinko from '../../src/catalogue/data/aurinko.json' with { type: 'json' }
import graph from '../../src/catalogue/data/graph.json' with { type: 'json' }
import implications from '../../src/catalogue/data/implications.json' with { type: 'json' }
import notes from '../../src/catalogue/data/notes.json' with { type: 'json' }
import outlook from '../../src/catalogue/data/outlook.json' with { type: 'json' }
import { fidelities } from '../../src/catalogue/dialects.ts'
import { microsoftClouds } from '../../src/domain/cloud.ts'
import { formatPermission, resources } from '../../src/domain/permission.ts'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const folder = join(import.meta.dirname, '../../src/catalogue/data')

t.test('Every data file says which public source it came from', async (t) => {
  const cited = /"source": \[\n {4}\{"(repository":"[\w.-]+\/[\w.-]+","commit":"[0-9a-f]{40}"|url":"https:)/
  const files = await readdir(folder)
  t.ok(files.length >= 5)
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

t.test(
  "Aurinko's table is sound: known permissions, live aliases, a note where a scope is not exact",
  async (t) => {
    const scopes = new Map(aurinko.scopes.map((entry) => [entry.scope.toLowerCase(), entry]))
    t.equal(scopes.size, aurinko.scopes.length)
    for (const { scope, permissions, fidelity, aliasOf, note } of aurinko.scopes) {
      t.ok(permissions.length > 0 && permissions.every((name) => findPermission(name)), scope)
      t.ok(
        fidelities.some((known) => known === fidelity),
        scope,
      )
      t.ok(fidelity === 'exact' || note?.endsWith('.'), scope)
      if (aliasOf !== undefined) t.same(scopes.get(aliasOf.toLowerCase())?.permissions, permissions, scope)
    }
  },
)

t.test('A scope of Aurinko that is also a Graph permission means that permission', async (t) => {
  const shared = aurinko.scopes.filter(({ scope }) => findPermission(scope) !== undefined)
  t.ok(shared.length > 0)
  for (const { scope, permissions } of shared) t.same(permissions, [findPermission(scope)?.value])
})
