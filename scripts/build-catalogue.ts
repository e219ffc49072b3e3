import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { dialectFiles } from './catalogue/dialects.ts'
import { describeDrift, format } from './catalogue/drift.ts'
import { implicationsFile, knownPermissions, resourceFiles } from './catalogue/resources.ts'
import { readTables } from './catalogue/tables.ts'

const usage = `usage: node scripts/build-catalogue.ts [--check] --from DIR [--to DIR]

Writes the data files of the catalogue from the tables in --from. With --check it writes nothing, names every
entry of the files in --to that is not what the tables give, and ends with 1 if there is one.`

async function buildFiles(from: string): Promise<Map<string, string>> {
  const tables = await readTables(from)
  const files = [
    ...resourceFiles(tables),
    ...dialectFiles(tables, knownPermissions(tables)),
    ['implications.json', implicationsFile(tables)] as const,
  ]
  return new Map(files.map(([name, file]) => [name, format(file)]))
}

async function write(files: ReadonlyMap<string, string>, to: string): Promise<void> {
  for (const [name, text] of files) {
    await mkdir(dirname(join(to, name)), { recursive: true })
    await writeFile(join(to, name), text)
  }
}

async function check(files: ReadonlyMap<string, string>, to: string): Promise<string[]> {
  const drift: string[] = []
  for (const [name, text] of files) {
    // A file that is not there lacks every entry.
    const present = await readFile(join(to, name), 'utf8').catch(() => '')
    drift.push(...describeDrift(text, present).map((line) => `${name}: ${line}`))
  }
  return drift
}

const { values } = parseArgs({
  options: { from: { type: 'string' }, to: { type: 'string' }, check: { type: 'boolean' } },
})
if (values.from === undefined) {
  console.error(usage)
  process.exit(2)
}
const target = values.to ?? join(import.meta.dirname, '../src/catalogue/data')
const files = await buildFiles(values.from)
if (values.check) {
  const drift = await check(files, target)
  for (const line of drift) console.error(line)
  process.exitCode = drift.length === 0 ? 0 : 1
} else {
  await write(files, target)
}
