import type { FastifyInstance } from 'fastify'
import { Words } from '../broker/words.ts'
import { RecentTexts } from '../domain/recent-texts.ts'
import { sameList } from '../domain/same-list.ts'

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

/** Characters. */
const longestRemembered = 512

/**
 * Services ask for the same few tokens in the very same words, so a body that came before is the same object again,
 * and what was worked out from its parts is known. For routes whose bodies hold no secret: they stay in memory.
 * `most`: how many of them at least, and twice as many at most.
 */
export function rememberJson(scope: FastifyInstance, most: number): void {
  const bodies = new RecentTexts<Words>(most)
  const parse = scope.getDefaultJsonParser('error', 'error')
  scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const known = bodies.get(text)
    if (known !== undefined) return done(null, known)
    return parse(request, text, (error, body: unknown) => {
      const isKept =
        error === null && text.length <= longestRemembered && isObject(body) && !Array.isArray(body)
      if (!isKept) return done(error, body)
      const kept = Object.assign(new Words(), withFrozenValues(body))
      Object.freeze(kept)
      bodies.set(text, kept)
      done(null, kept)
    })
  })
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isListOfTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/**
 * So that no request can change what another one sent; and with the one list of its words, since bodies for thousands
 * of tenants have the same few scopes.
 */
function frozen(value: object): object {
  if (isListOfTexts(value)) return sameList(value)
  if (Array.isArray(value)) return Object.freeze(value.map(frozenValue))
  return Object.freeze(withFrozenValues(value))
}

function withFrozenValues(value: object): object {
  for (const [name, inner] of Object.entries(value)) Reflect.set(value, name, frozenValue(inner))
  return value
}

const frozenValue = (value: unknown): unknown => (isObject(value) ? frozen(value) : value)
