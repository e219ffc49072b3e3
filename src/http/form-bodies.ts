import type { FastifyInstance } from 'fastify'
import { FailureError } from './problems.ts'

export const formType = 'application/x-www-form-urlencoded'

/** Bodies of this scope are forms (RFC 6749 Appendix B) and nothing else. */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser<string>(formType, { parseAs: 'string' }, (_request, text, done) => {
    const fields = new Map<string, string>()
    for (const [name, value] of new URLSearchParams(text)) {
      // RFC 6749 §3.2: a parameter stands there once. Which of two is meant, two readers may see differently.
      if (fields.has(name)) return done(new FailureError(givenTwice(name)))
      fields.set(name, value)
    }
    // RFC 6749 §3.2: one without a value counts as left out.
    done(null, Object.fromEntries([...fields].filter(([, value]) => value !== '')))
  })
}

/** The name is the client's own, so it is cut. */
export function givenTwice(name: string) {
  const faults = [{ pointer: `/${name.slice(0, 64)}`, detail: 'It is given twice.' }]
  return { code: 'invalid_request' as const, faults }
}
