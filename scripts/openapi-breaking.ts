import { copyFileSync, readFileSync } from 'node:fs'
import { compareDocuments } from './openapi-breaking/compare-documents.ts'
import { members } from './openapi-breaking/document.ts'

const usage = `Usage: node scripts/openapi-breaking.ts [--release | RELEASED CURRENT]
  --release  the current document is the one that is released: later ones are held against it`

const files = process.argv.slice(2)
const [released, current] = files.length === 2 ? files : ['openapi/released.json', 'openapi/openapi.json']
if (released === undefined || current === undefined) throw new Error(usage)

if (files[0] === '--release' && files.length === 1) copyFileSync(current, released)
else if (files.length === 0 || files.length === 2) check(released, current)
else throw new Error(usage)

function check(released: string, current: string): void {
  const read = (path: string) => members(JSON.parse(readFileSync(path, 'utf8')))
  const broken = compareDocuments(read(released), read(current))
  if (broken.length === 0) return
  console.error(`Clients of ${released} would stumble over:\n  ${broken.join('\n  ')}`)
  console.error('Take it back, or see "The API between releases" in CONTRIBUTING.md.')
  process.exitCode = 1
}
