import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createCanaries } from '../../http/canaries.ts'

const canaries = createCanaries()
const folder = t.testdir({})

function secret(name: string, length = 32): string {
  const text = randomBytes(length).toString('base64url').slice(0, length)
  canaries.addText(name, text)
  return text
}

t.test('09 a start that fails tells no secret', async (t) => {
  const server = fileURLToPath(new URL('../../../src/server.ts', import.meta.url))
  const short = secret('short secret', 31)
  const password = secret('password of the database')
  writeFileSync(join(folder, 'broker-secret.short'), short)
  const secretFile = join(folder, 'broker-secret')
  writeFileSync(secretFile, secret('broker secret', 64))
  const good = {
    ...{ LISTEN: '127.0.0.1:0', PUBLIC_URL: 'http://127.0.0.1', KEY_VAULT_URL: 'https://a.vault.azure.net' },
    ...{ BROKER_SECRET_FILE: secretFile, LOG_LEVEL: 'trace' },
  }
  const database = `postgres://broker:${password}@127.0.0.1:1/broker`
  const environments = [
    { ...good, DATABASE_URL: database },
    { ...good, DATABASE_URL: database, SQLITE_PATH: join(folder, 'x.sqlite') },
    { ...good, DATABASE_URL: `mysql://broker:${password}@127.0.0.1` },
    {
      ...good,
      SQLITE_PATH: join(folder, 'x.sqlite'),
      BROKER_SECRET_FILE: join(folder, 'broker-secret.short'),
    },
    { ...good, DATABASE_URL: database, BOOTSTRAP_OPERATOR_KEY_FILE: secretFile },
    { ...good, SQLITE_PATH: '', KEY_VAULT_URL: `https://broker:${password}@a.vault.azure.net` },
  ]
  for (const env of environments) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [server], {
      env,
      encoding: 'utf8',
      timeout: 30_000,
    })
    t.ok(status !== 0 && stderr !== '', stderr.slice(0, 80))
    t.strictSame(canaries.find(Buffer.from(stdout + stderr)), [])
  }
})
