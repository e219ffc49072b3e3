import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('./recordings/', import.meta.url)

export type Members = Readonly<Record<string, unknown>>

export type Recording = {
  readonly file: string
  readonly request: {
    readonly method: string
    readonly url: URL
    readonly headers: Members
    readonly body: unknown
  }
  readonly response: { readonly status: number; readonly headers: Members; readonly body: unknown }
}

export function readRecordings(): Recording[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files.sort().map(readRecording)
}

function readRecording(file: string): Recording {
  const root: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  const request = member(root, 'request')
  const response = member(root, 'response')
  return {
    file,
    request: {
      method: String(request['method']),
      url: new URL(String(request['url'])),
      headers: member(request, 'headers'),
      body: request['body'],
    },
    response: {
      status: Number(response['status']),
      headers: member(response, 'headers'),
      body: response['body'],
    },
  }
}

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function member(value: unknown, name: string): Members {
  const found = isMembers(value) ? value[name] : undefined
  if (isMembers(found)) return found
  throw new TypeError(`no object ${name}`)
}

export function list(value: unknown, name: string): Members[] {
  const found = isMembers(value) ? value[name] : undefined
  return Array.isArray(found) ? found.filter(isMembers) : []
}
