import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { openSqlite } from '../../../src/adapters/registry/sqlite.ts'
import { openRegistryStore } from '../../../src/adapters/registry/store.ts'
import type { RegistryStore } from '../../../src/broker/ports.ts'
import { ok } from '../../../src/domain/result.ts'
import { manualClock } from '../../broker/fixture.ts'
import { anApplication } from './contract-fixture.ts'

const clock = manualClock()

async function open(t: Test, path = join(t.testdir({}), 'registry.sqlite')) {
  const store = await openRegistryStore(openSqlite(path), clock)
  t.teardown(() => store.close())
  return store
}

/** Registers an application, so that there is something in the file. */
function register(store: RegistryStore, id: string) {
  return store.commit(async (transaction) =>
    ok(await transaction.saveApplication(anApplication(id, transaction.revision))),
  )
}

t.test('a registry that is opened again has what was committed', async (t) => {
  const path = join(t.testdir({}), 'new', 'folder', 'registry.sqlite')
  const first = await openRegistryStore(openSqlite(path), clock)
  const actor = { caller: 'operator', requestId: 'request-1' }
  await first.commit(async (transaction) => {
    await transaction.saveApplication(anApplication('kept', transaction.revision))
    await transaction.recordChange(actor, { action: 'a.b', target: 'c', before: { x: 1 } })
    await transaction.recordChange(actor, { action: 'a.c', target: 'd' })
    return ok(undefined)
  })
  const before = await first.changesSince(-1)
  t.match(before.applications, [{ id: 'kept' }])
  await first.close()
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700, 'the folder is for the broker alone')
  const second = await open(t, path)
  t.strictSame(await second.changesSince(-1), before)

  const file = new DatabaseSync(path, { readOnly: true })
  t.teardown(() => file.close())
  t.equal(file.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal')
  t.match(file.prepare('select * from audit_change order by position').all(), [
    { revision: 1, position: 1, actor: 'operator', action: 'a.b', before: '{"x":1}', after: null },
    { revision: 1, position: 2, action: 'a.c', request_id: 'request-1', at: '2026-11-20T12:00:00.000Z' },
  ])
})

t.test('the file and those beside it are for the broker alone', async (t) => {
  const path = join(t.testdir({}), 'registry.sqlite')
  await register(await open(t, path), 'one')
  const folder = join(path, '..')
  const names = readdirSync(folder).sort()
  t.strictSame(names, ['registry.sqlite', 'registry.sqlite-shm', 'registry.sqlite-wal'])
  for (const name of names) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
})

t.test('two brokers on one file see what the other commits', async (t) => {
  const path = join(t.testdir({}), 'registry.sqlite')
  const one = await open(t, path)
  const other = await open(t, path)
  await register(one, 'shared')
  t.equal(await other.revision(), await one.revision())
  t.match((await other.changesSince(0)).applications, [{ id: 'shared' }])
})

t.test('a schema newer than this release is refused, and left as it is', async (t) => {
  const path = join(t.testdir({}), 'registry.sqlite')
  await (await openRegistryStore(openSqlite(path), clock)).close()
  const file = new DatabaseSync(path)
  t.teardown(() => file.close())
  file.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01T00:00:00Z')")
  const database = openSqlite(path)
  await t.rejects(
    openRegistryStore(database, clock),
    /newer than this release: it has 9999-later.*left as it is/,
  )
  await database.db.destroy()
  t.equal(file.prepare('select count(*) as n from kysely_migration').get()?.['n'], 2)
})

t.test('a registry whose tables somebody changed is refused, with what is missing', async (t) => {
  const path = join(t.testdir({}), 'registry.sqlite')
  await (await openRegistryStore(openSqlite(path), clock)).close()
  const file = new DatabaseSync(path)
  t.teardown(() => file.close())
  file.exec('alter table tenant drop column labels; alter table caller add column nickname text')
  const database = openSqlite(path)
  await t.rejects(openRegistryStore(database, clock), /lacks tenant\.labels: somebody changed its tables/)
  await database.db.destroy()
})

t.test('a file that is no registry', async (t) => {
  const path = join(
    t.testdir({ 'registry.sqlite': 'this is no database, whatever its name says' }),
    'registry.sqlite',
  )
  t.throws(() => openSqlite(path), /not a database/)
  t.strictSame(readdirSync(join(path, '..')), ['registry.sqlite'])
})

t.test('a registry that somebody else writes to for long is unavailable, and is not a fault', async (t) => {
  const path = join(t.testdir({}), 'registry.sqlite')
  const store = await open(t, path)
  const other = new DatabaseSync(path)
  t.teardown(() => other.close())
  other.exec('begin immediate')
  const refused = await store.commit(async () => ok('never'))
  t.match(refused, { ok: false, failure: { code: 'registry_unavailable', retryAfterSeconds: 5 } })
  t.type(await store.revision(), 'number', 'reading goes on')
  t.ok((await store.changes({ limit: 1 })).ok, 'of the audit too')
  other.exec('rollback')
  t.equal((await store.commit(async () => ok('now'))).ok, true)
})

t.test('what would be there twice is not kept', async (t) => {
  const store = await open(t)
  const twice = store.commit(async (transaction) => {
    const nowhere = anApplication('nowhere', transaction.revision)
    await transaction.saveApplication(nowhere)
    return ok(await transaction.saveApplication({ ...nowhere, uid: 'other' }))
  })
  await t.rejects(twice, /UNIQUE/)
  t.strictSame((await store.changesSince(0)).applications, [])
})

t.test('deletions are told to those who follow', async (t) => {
  const path = join(t.testdir({}), 'registry.sqlite')
  const store = await open(t, path)
  const file = new DatabaseSync(path)
  t.teardown(() => file.close())
  file.exec("insert into tombstone (uid, kind, id, revision) values ('u', 'tenant', 'gone', 3)")
  t.strictSame((await store.changesSince(2)).tombstones, [{ kind: 'tenant', uid: 'u' }])
  t.strictSame((await store.changesSince(3)).tombstones, [])
  file.exec("update tombstone set kind = 'unicorn'")
  await t.rejects(store.changesSince(2), /unknown kind/)
})

t.test('a word that this release does not know stops it, rather than being guessed at', async (t) => {
  const path = join(t.testdir({}), 'registry.sqlite')
  const store = await open(t, path)
  await register(store, 'one')
  const file = new DatabaseSync(path)
  t.teardown(() => file.close())
  file.exec("update application set cloud = 'mars'")
  await t.rejects(store.changesSince(0), /unknown word/)
})
