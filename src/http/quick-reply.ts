import type { FastifyReply } from 'fastify'
import type { Lifecycle } from './lifecycle.ts'

/**
 * Names and values in turn, as `writeHead` of node:http takes them, `content-length` among them. Best written down as one
 * list: one that is made of others is copied with room to grow, half a kilobyte for each hit.
 */
export type RawHeaders = string[]

/**
 * Sends a text of ASCII characters past Fastify's serialising and its `onSend` hooks: a third of what a hit costs
 * the process is in sending it. Hooks of `onResponse` run as ever. While the server closes it takes the usual way,
 * where the reply tells the client to reconnect.
 */
export function sendQuickly(
  reply: FastifyReply,
  lifecycle: Lifecycle,
  headers: RawHeaders,
  ascii: string,
): void {
  if (lifecycle.closing) {
    for (let index = 0; index < headers.length; index += 2)
      reply.header(headers[index] ?? '', headers[index + 1] ?? '')
    reply.send(ascii)
    return
  }
  reply.hijack()
  reply.raw.writeHead(200, headers)
  reply.raw.end(ascii, 'latin1')
}
