import type { FastifyInstance } from 'fastify'
import { RecentTexts } from '../domain/recent-texts.ts'

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

const mostRemembered = 10_000
/** Characters. */
const longestRemembered = 512

/**
 * Services ask for the same few tokens in the very same words, so a body that came before is the same object again,
 * and what was worked out from its parts is known. For routes whose bodies hold no secret: they stay in memory.
 */
export function rememberJson(scope: FastifyInstance): void {
  const bodies = new RecentTexts<object>(mostRemembered)
  const parse = scope.getDefaultJsonParser('error', 'error')
  scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const known = bodies.get(text)
    if (known !== undefined) return done(null, known)
    return parse(request, text, (error, body: unknown) => {
      if (error === null && text.length <= longestRemembered && isObject(body)) bodies.set(text, frozen(body))
      done(error, body)
    })
  })
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** So that no request can change what another one sent. */
function frozen(value: object): object {
  for (const inner of Object.values(value)) if (isObject(inner)) frozen(inner)
  return Object.freeze(value)
}
