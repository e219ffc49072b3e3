import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { type Dispatcher, request } from 'undici'
import type { Clock } from '../../broker/ports.ts'
import { type ReplyFault, readRefusal, readTokenReply, type TokenReply } from './reply.ts'

/** Milliseconds for the whole exchange. MSAL's own client would wait five minutes. */
const deadline = 10_000
/** Bytes. A token reply is 2 to 4 KB; anything much larger is not one. */
const largestReply = 65_536

/** The network as MSAL sees it for one acquisition. MSAL rewrites what is thrown, so the outcome is kept here. */
export interface AcquisitionNetwork extends INetworkModule {
  readonly reply: TokenReply | undefined
  readonly fault: ReplyFault | undefined
}

/**
 * Posts to `endpoint` and nowhere else, without following redirects: a signed assertion must never leave for a
 * host that somebody else named.
 */
export function createNetwork(endpoint: string, dispatcher: Dispatcher, clock: Clock): AcquisitionNetwork {
  let reply: TokenReply | undefined
  let fault: ReplyFault | undefined

  function giveUp(found: ReplyFault): never {
    fault = found
    throw new Error(`no token: ${found.kind}`)
  }

  return {
    get reply() {
      return reply
    },
    get fault() {
      return fault
    },
    async sendGetRequestAsync() {
      throw new Error('the authority is configured in full; MSAL has nothing to discover')
    },
    async sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
      const { origin, pathname } = new URL(url)
      if (`${origin}${pathname}` !== endpoint) {
        throw new Error('MSAL was about to post elsewhere than to the endpoint')
      }
      const raw = await post(url, options, dispatcher)
      if ('reason' in raw) return giveUp({ kind: 'unreachable', ...raw })
      const { status, headers, body } = raw
      if (status < 200 || status > 299) {
        return giveUp({
          kind: 'refused',
          refusal: readRefusal(status, body, headers['retry-after'], clock.now()),
        })
      }
      reply = readTokenReply(body)
      if (reply === undefined) return giveUp({ kind: 'nonsense', status })
      return { status, headers, body: reply as T }
    },
  }
}

interface RawReply {
  readonly status: number
  readonly headers: Record<string, string>
  /** Undefined where it was not JSON. */
  readonly body: unknown
}

async function post(
  url: string,
  options: NetworkRequestOptions | undefined,
  dispatcher: Dispatcher,
): Promise<RawReply | { readonly reason: string }> {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: options?.headers ?? {},
      body: options?.body ?? '',
      dispatcher,
      signal: AbortSignal.timeout(deadline),
    })
    const text = await readBounded(response.body)
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(response.headers)) {
      if (typeof value === 'string') headers[name] = value
    }
    return { status: response.statusCode, headers, body: parse(text) }
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
