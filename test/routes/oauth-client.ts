import type { Test } from 'tap'
import type { RawClient, RawReply } from '../http/raw-client.ts'

/** Posts a form to the token endpoint of a tenant, and nothing that the test does not say. */
export function createTokenClient(send: RawClient) {
  return (
    tenant: string,
    fields: Readonly<Record<string, string>> | [string, string][],
    headers: Record<string, string> = {},
  ): Promise<RawReply> =>
    send({
      method: 'POST',
      path: `/${tenant}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    })
}

export function basic(id: string, secret: string, encode: (text: string) => string = (text) => text) {
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` }
}

/** What of a reply is the same each time: no ids, no times. */
export function lasting({ status, headers, text }: RawReply): string {
  const { date: _, ...rest } = headers
  const timeless = text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'TIME')
  return JSON.stringify([status, rest, timeless])
}

/** What RFC 6749 §5.2 and Entra's clients need of an error. */
export function expectOauthError(
  t: Test,
  reply: RawReply,
  status: number,
  error: string,
  description: RegExp | string,
) {
  const { headers, body } = reply
  t.equal(reply.status, status, reply.text)
  t.match(body, { error, error_description: description })
  t.strictSame(Object.keys(body), ['error', 'error_description', 'trace_id', 'correlation_id', 'timestamp'])
  t.match(body['timestamp'], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
  t.match(body['error_description'], /^[\x20-\x21\x23-\x5b\x5d-\x7e]+ Request ID: [0-9a-f-]{36}$/)
  t.match(headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store', pragma: 'no-cache' })
  t.notMatch(reply.text, /gtb\.[a-z0-9]{16}\./)
}
