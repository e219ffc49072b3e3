import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Test } from 'tap'
import type { Dispatcher } from 'undici'
import { members } from './json-value.ts'

export interface EchoReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What is said to whoever sent this body; undefined cuts the connection after half an answer. */
export type Answer = (sent: string) => EchoReply | undefined

/** What Entra would say if it gave back what it was sent: assertions and secrets. */
export const echoes: readonly Answer[] = [
  (sent) => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer ${sent}` },
    body: {
      error: 'invalid_client',
      error_description: `AADSTS700027: ${sent}`,
      error_codes: [700027],
      ...{ trace_id: sent, correlation_id: sent, claims: sent },
    },
  }),
  (sent) => ({ status: 400, body: { error: sent, error_description: sent, error_codes: [sent] } }),
  (sent) => ({ status: 400, body: { error: 'invalid_request', error_codes: [1002012], suberror: sent } }),
  (sent) => ({ status: 500, body: sent }),
  (sent) => ({ status: 200, body: `<b>${sent}</b>` }),
  (sent) => ({ status: 200, body: { access_token: { sent }, token_type: sent, expires_in: sent } }),
  (sent) => ({ status: 302, headers: { location: `https://localhost:1/?${sent}` }, body: '' }),
  () => undefined,
]

export interface Echo {
  readonly intercept: Dispatcher.DispatcherComposeInterceptor
  /** While this is done, everything goes to the server instead of where it was meant to go. */
  during<T>(answer: Answer, work: () => Promise<T>): Promise<T>
}

/** A server that gives back what it was sent, in the place of one that would never do so. */
export async function startEcho(t: Test): Promise<Echo> {
  let answer: Answer | undefined
  const server = createServer(async (request, response) => {
    let sent = ''
    for await (const chunk of request) sent += String(chunk)
    const reply = answer?.(sent)
    if (reply === undefined) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '9999' })
      return response.write(`{"sent":"${sent}`, () => response.destroy())
    }
    const { status, headers, body } = reply
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    return response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const origin = `http://127.0.0.1:${String(members(server.address())['port'])}`
  return {
    intercept: (dispatch) => (options, handler) =>
      dispatch(answer === undefined ? options : { ...options, origin }, handler),
    async during(next, work) {
      answer = next
      try {
        return await work()
      } finally {
        answer = undefined
      }
    },
  }
}
