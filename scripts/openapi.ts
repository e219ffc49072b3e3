import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalBroker } from '../sandbox/broker.ts'
import { startLocalCloud } from '../sandbox/clouds.ts'

const file = new URL('../openapi/openapi.json', import.meta.url)
const usage = 'Usage: node scripts/openapi.ts [--check]'

const [option, ...rest] = process.argv.slice(2)
if (rest.length > 0 || (option !== undefined && option !== '--check')) throw new Error(usage)

const made = `${JSON.stringify(await generate(), null, 2)}\n`
if (option === undefined) writeFileSync(file, made)
else if (readFileSync(file, 'utf8') !== made) {
  console.error(
    'openapi/openapi.json is not what the routes say. Run `npm run openapi` and commit the result.',
  )
  process.exitCode = 1
}

/** The document as the running broker serves it. */
async function generate(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'))
  const cloud = await startLocalCloud(Date.now)
  const broker = await startLocalBroker(cloud, { folder, port: 0 })
  const document = broker.app.swagger()
  await broker.close()
  await cloud.close()
  rmSync(folder, { recursive: true })
  return document
}
