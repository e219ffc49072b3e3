import { readFileSync, writeFileSync } from 'node:fs'
import { commentOf, record, typeOf } from './client-types/type-of.ts'

const source = new URL('../openapi/openapi.json', import.meta.url)
const file = new URL('../client/src/api-types.ts', import.meta.url)
const usage = 'Usage: node scripts/client-types.ts [--check]'

const [option, ...rest] = process.argv.slice(2)
if (rest.length > 0 || (option !== undefined && option !== '--check')) throw new Error(usage)

const made = generate(JSON.parse(readFileSync(source, 'utf8')))
if (option === undefined) writeFileSync(file, made)
else if (readFileSync(file, 'utf8') !== made) {
  console.error(
    'client/src/api-types.ts is not what openapi/openapi.json says. Run `npm run client:types` and commit it.',
  )
  process.exitCode = 1
}

function generate(document: unknown): string {
  const at = '#/components/schemas'
  const components = record(record(document, '#')['components'], '#/components')
  const types = Object.entries(record(components['schemas'], at)).map(([name, value]) => {
    const schema = record(value, `${at}/${name}`)
    return `\n${commentOf(schema)}export type ${name} = ${typeOf(schema, `${at}/${name}`)}\n`
  })
  return `/* Made from openapi/openapi.json by \`npm run client:types\`. Do not edit. */\n${types.join('')}`
}
