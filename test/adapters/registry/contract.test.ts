import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openPostgres } from '../../../src/adapters/registry/postgres.ts'
import { openSqlite } from '../../../src/adapters/registry/sqlite.ts'
import { type OpenDatabase, openRegistryStore } from '../../../src/adapters/registry/store.ts'
import { systemClock } from '../../../src/compose/platform.ts'
import { createDatabase } from '../../postgres.ts'
import { changeContract } from './contract-changes.ts'
import type { OpenStore } from './contract-fixture.ts'
import { recordContract } from './contract-records.ts'
import { transactionContract } from './contract-transactions.ts'
import { visitContract } from './contract-visits.ts'

/** What every registry store must do. `connect` opens the same database, empty at first, anew. */
function registryContract(t: Test, connect: () => OpenDatabase, replicas: boolean): void {
  const open: OpenStore = async (t) => {
    const store = await openRegistryStore(connect(), systemClock)
    t.teardown(() => store.close())
    return store
  }
  recordContract(t, open)
  transactionContract(t, open, replicas)
  changeContract(t, open)
  visitContract(t, open)
}

t.test('SQLite', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  registryContract(t, () => openSqlite(join(folder, 'registry.sqlite')), false)
})

const url = process.env['TEST_DATABASE_URL']

t.test('PostgreSQL', { skip: url === undefined && 'TEST_DATABASE_URL names no server' }, async (t) => {
  const { database, drop } = await createDatabase(String(url))
  t.teardown(drop)
  registryContract(t, () => openPostgres(database, (error) => t.fail(String(error))), true)
})
