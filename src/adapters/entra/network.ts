import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../broker/ports.ts'
import { exchange } from './exchange.ts'
import { type ReplyFault, readRefusal, readTokenReply, type TokenReply } from './reply.ts'

/** The network as MSAL sees it for one acquisition. MSAL rewrites what is thrown, so the outcome is kept here. */
export interface AcquisitionNetwork extends INetworkModule {
  readonly reply: TokenReply | undefined
  readonly fault: ReplyFault | undefined
}

export interface NetworkOptions {
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  /** Told what time it is at Entra, in Unix milliseconds. */
  readonly onDate?: (unix: number) => void
}

/**
 * Posts to `endpoint` and nowhere else, without following redirects: a signed assertion must never leave for a
 * host that somebody else named.
 */
export function createNetwork(
  endpoint: string,
  { dispatcher, clock, onDate = () => undefined }: NetworkOptions,
): AcquisitionNetwork {
  let reply: TokenReply | undefined
  let fault: ReplyFault | undefined

  function giveUp(found: ReplyFault): never {
    fault = found
    throw new Error(`no token: ${found.kind}`)
  }

  /** Only of what Entra itself said: a proxy that answers in its place may have a clock of its own. */
  function readDate(text: string | undefined): void {
    const unix = /^[A-Z][a-z]{2}, /.test(text ?? '') ? Date.parse(text ?? '') : Number.NaN
    if (!Number.isNaN(unix)) onDate(unix)
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
      const { headers: sent = {}, body: form = '' } = options ?? {}
      const raw = await exchange(url, { method: 'POST', headers: sent, body: form, dispatcher })
      if ('reason' in raw) return giveUp({ kind: 'unreachable', ...raw })
      const { status, headers, body } = raw
      if (status < 200 || status > 299) {
        const refusal = readRefusal(status, body, headers['retry-after'], clock.now())
        if (refusal.codes.length > 0) readDate(headers['date'])
        return giveUp({ kind: 'refused', refusal })
      }
      reply = readTokenReply(body)
      if (reply === undefined) return giveUp({ kind: 'nonsense', status })
      readDate(headers['date'])
      return { status, headers, body: reply as T }
    },
  }
}
