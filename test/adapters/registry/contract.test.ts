import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { openPostgres } from '../../../src/adapters/registry/postgres.ts'
import { openSqlite } from '../../../src/adapters/registry/sqlite.ts'
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

/** A database of its own on the given server. */
async function createDatabase(server: string) {
  const name = `registry_${randomUUID().replaceAll('-', '')}`
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await run(`create database ${name}`)
  const database = new URL(server)
  database.pathname = name
  return { database: database.href, drop: () => run(`drop database ${name} with (force)`) }
}
