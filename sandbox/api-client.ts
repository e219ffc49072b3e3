import { type Dispatcher, request } from 'undici'

export interface ApiReply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Record<string, unknown>
}

export interface ApiClientOptions {
  readonly origin: string
  readonly key?: string
  readonly dispatcher?: Dispatcher
}

export type ApiClient = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ApiReply>

/** Speaks JSON with one origin, as a person with curl would. */
export function createApiClient({ origin, key, dispatcher }: ApiClientOptions): ApiClient {
  return async (method, path, body, headers = {}) => {
    const response = await request(`${origin}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    })
    const text = await response.body.text()
    return { status: response.statusCode, headers: response.headers, body: parse(text) }
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** The body of a reply that must have succeeded. */
export async function expectSuccess(reply: Promise<ApiReply>): Promise<Record<string, unknown>> {
  const { status, body } = await reply
  if (status >= 200 && status < 300) return body
  throw new Error(
    `The sandbox was answered ${status} ${String(body['code'] ?? '')}: ${String(body['detail'] ?? '')}`,
  )
}

export function text(body: Record<string, unknown>, member: string): string {
  const value = body[member]
  if (typeof value !== 'string') throw new Error(`The reply has no text "${member}".`)
  return value
}
