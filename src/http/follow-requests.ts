import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RequestSpan, Trace } from '../broker/trace.ts'
import type { Caller } from '../domain/caller.ts'

/** Asked all day by machines that nobody wants to follow; and the pages of the documentation. */
const untraced = /^\/(?:livez|readyz|healthz|metrics|openapi\.json|docs(?:\/.*)?)$/

/** Makes a span of every request that finds a route, from its arrival to its answer or its client's leaving. */
export function followRequests(app: FastifyInstance, trace: Trace): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>()

  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url
    if (route !== undefined && !untraced.test(route)) {
      const { traceparent } = request.headers
      const span = trace.startRequest({
        method: request.method,
        route,
        traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      })
      span.note({ requestId: request.id })
      spans.set(request, span)
      // Not `onResponse`, which does not run where the client has gone before its answer.
      reply.raw.once('close', () => {
        const caller: Caller | undefined = request.caller
        if (caller !== undefined) span.note({ caller: caller.id })
        span.end(reply.raw.writableFinished ? reply.raw.statusCode : undefined)
      })
    }
    done()
  })

  // Not before the body is there: its events come from the socket, which belongs to no request.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request)
    if (span === undefined) done()
    else span.run(done)
  })
}
