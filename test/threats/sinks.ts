import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RawClient } from '../http/raw-client.ts'

/** Somewhere that what the broker knows may end up. One more is one more entry of the list. */
export interface Sink {
  readonly name: string
  read(): Buffer | Promise<Buffer>
}

export interface Sources {
  readonly folder: string
  readonly lines: readonly string[]
  readonly replies: readonly string[]
  /** As an operator, who may see most. */
  readonly send: RawClient
}

/** Only these two files are secret by their nature; the operator has put them there. */
const secretFiles = ['broker-secret', 'bootstrap-operator-key']
const shown = ['/metrics', '/openapi.json', '/docs/json', '/export', '/audit?page_size=200', '/readyz']
const lists = ['/applications', '/tenants', '/callers', '/credentials'].map((path) => `${path}?page_size=200`)

export function sinksOf({ folder, lines, replies, send }: Sources): readonly Sink[] {
  const files = readdirSync(folder).filter((name) => !secretFiles.includes(name))
  return [
    { name: 'the log', read: () => Buffer.from(lines.join('')) },
    { name: 'the replies', read: () => Buffer.from(replies.join('\n')) },
    ...files.map((name) => ({ name: `the file ${name}`, read: () => readFileSync(join(folder, name)) })),
    ...[...shown, ...lists].map((path) => ({
      name: path,
      read: async () => {
        const { headers, text } = await send({ method: 'GET', path })
        return Buffer.from(JSON.stringify(headers) + text)
      },
    })),
  ]
}
