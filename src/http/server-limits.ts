import type { FastifyServerOptions } from 'fastify'

/** Milliseconds. */
const second = 1_000

/** How long a client may take, so that those who take their time on purpose do not fill the broker up. */
export const serverLimits = {
  /** Bytes. */
  bodyLimit: 16_384,
  /** To send a whole request; Fastify's default of 0 would switch Node's own limit off. */
  requestTimeout: 10 * second,
  /** Without a byte either way: a client that does not read its answer. Longer than any answer takes. */
  connectionTimeout: 120 * second,
  /** Between two requests; longer than load balancers keep idle connections, so that they are the ones to close. */
  keepAliveTimeout: 72 * second,
} satisfies FastifyServerOptions

/** Options of Node's own server. */
export const nodeLimits = {
  /** To send the headers. */
  headersTimeout: 5 * second,
  requestTimeout: 10 * second,
  /** Node looks for who is late every 30 s by default, so that who has 10 s would have 40. */
  connectionsCheckingInterval: second,
}
