import { type Dispatcher, request } from 'undici'

/** Milliseconds for the whole exchange. MSAL's own client would wait five minutes. */
const deadline = 10_000
/** Bytes. What Entra answers is 2 to 4 KB; anything much larger is no answer of its. */
const largestReply = 65_536

export interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly dispatcher: Dispatcher
}

export interface RawReply {
  readonly status: number
  readonly headers: Record<string, string>
  /** Undefined where it was not JSON, or too large. */
  readonly body: unknown
}

/** One request and its answer, redirects as they are; or, in a word that may be logged, why there is none. */
export async function exchange(
  url: string,
  { method, headers = {}, body, dispatcher }: Exchange,
): Promise<RawReply | { readonly reason: string }> {
  try {
    const response = await request(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      dispatcher,
      signal: AbortSignal.timeout(deadline),
    })
    const text = await readBounded(response.body)
    const single: Record<string, string> = {}
    for (const [name, value] of Object.entries(response.headers)) {
      if (typeof value === 'string') single[name] = value
    }
    return { status: response.statusCode, headers: single, body: parse(text) }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

/** The code or name alone: messages may quote what was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > largestReply) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
