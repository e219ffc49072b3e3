import { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'

export interface RawRequest {
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | AsyncIterable<Uint8Array>
}

export interface RawReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** Empty where the reply is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>
}

export type RawClient = (request: RawRequest) => Promise<RawReply>

/** Sends exactly what it is given: no content type is added, nothing is encoded. */
export function createRawClient(origin: string, key?: string): RawClient {
  return async ({ method, path, headers = {}, body }) => {
    const response = await request(`${origin}${path}`, {
      method,
      headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Readable.from(body) }),
    })
    const text = await response.body.text()
    return { status: response.statusCode, headers: response.headers, text, body: parse(text) }
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

export const json = { 'content-type': 'application/json' }
