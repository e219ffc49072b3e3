import { EventEmitter, once } from 'node:events'
import { BrokerCredential, type Platform } from '../../client/src/index.ts'

export const graph = 'https://graph.microsoft.com/.default'

export interface SentRequest {
  readonly authorization: string
  readonly body: Record<string, unknown>
  readonly signal: AbortSignal
  answer(status: number, body: unknown, headers?: Record<string, string>): void
  /** A token of this value, with so many seconds to live. */
  issue(token: string, expiresIn?: number): void
  break(error: Error): void
}

export interface ClientStage {
  readonly credential: BrokerCredential
  readonly sent: readonly SentRequest[]
  /** Milliseconds of the waits between attempts, one after another. */
  readonly waits: number[]
  readonly files: Map<string, string>
  pass(seconds: number): void
  /** The request with this number, as soon as it is sent; from 1. */
  request(number: number): Promise<SentRequest>
}

export interface StageOptions {
  readonly tokenFile?: string
  readonly tenant?: string
  readonly deadlineSeconds?: number
}

/** A client whose broker, clock and files are the test's own. Waits between attempts take no time and move the clock. */
export function stageClient({ tokenFile, ...options }: StageOptions = {}): ClientStage {
  let clock = 1_000_000
  const sent: SentRequest[] = []
  const waits: number[] = []
  const files = new Map<string, string>()
  const arrivals = new EventEmitter()
  const platform: Platform = {
    fetch(_url, { headers, body, signal }) {
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Platform['fetch']>>>()
      // As with sockets, an aborted request fails a little later.
      signal.addEventListener('abort', () => setImmediate(reject, signal.reason))
      const answer: SentRequest['answer'] = (status, reply, more = {}) =>
        resolve({ status, headers: new Headers(more), text: async () => JSON.stringify(reply) })
      sent.push({
        authorization: headers['authorization'] ?? '',
        body: JSON.parse(body),
        signal,
        answer,
        issue: (token, expiresIn = 3600) => answer(200, tokenReply(token, expiresIn)),
        break: reject,
      })
      arrivals.emit('sent')
      return promise
    },
    async readFile(path) {
      const text = files.get(path)
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return text
    },
    now: () => clock + 1_700_000_000_000,
    monotonic: () => clock,
    random: () => 0,
    async sleep(milliseconds) {
      waits.push(milliseconds)
      clock += milliseconds
    },
  }
  const caller = tokenFile === undefined ? { key: 'gtb.test.key' } : { tokenFile }
  const credential = new BrokerCredential({
    url: 'https://broker.example',
    tenant: 'contoso',
    scopes: ['Mail.Read'],
    platform,
    ...options,
    ...caller,
  })
  return {
    credential,
    sent,
    waits,
    files,
    pass(seconds) {
      clock += seconds * 1000
    },
    async request(number) {
      while (sent.length < number) await once(arrivals, 'sent')
      const found = sent[number - 1]
      if (found === undefined) throw new Error('not sent')
      return found
    },
  }
}

function tokenReply(token: string, expiresIn: number) {
  return { access_token: token, expires_in: expiresIn, resource: 'https://graph.microsoft.com' }
}

export const problem = (status: number, code: string, more: object = {}) => ({
  type: `urn:graph-token-broker:problem:${code}`,
  title: 'T',
  status,
  detail: 'What went wrong.',
  instance: 'urn:uuid:0f6c1a52-7a55-4f0e-9a53-5d0f8d0f4f2a',
  code,
  ...more,
})
