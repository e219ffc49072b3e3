import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openPostgres } from '../../../src/adapters/registry/postgres.ts'
import { openSqlite } from '../../../src/adapters/registry/sqlite.ts'
import { createDatabase } from '../../postgres.ts'
import { registryContract } from './contract.ts'

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
