import type { FastifyInstance } from 'fastify'

const mediaTypes = ['application/json', 'application/merge-patch+json']

/**
 * Bodies are JSON and nothing else: other types answer 415. A route that takes no body has none where a client says
 * `application/json` on every request, as many do.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>(mediaTypes, { parseAs: 'string' }, (request, text, done) => {
    if (text === '' && request.routeOptions.schema?.body === undefined) return done(null, undefined)
    return parse(request, text, done)
  })
}
