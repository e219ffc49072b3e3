import type { FastifyInstance } from 'fastify'
import { FailureError } from './problems.ts'

export const formType = 'application/x-www-form-urlencoded'

/** Bodies of this scope are forms (RFC 6749 Appendix B) and nothing else. */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser<string>(formType, { parseAs: 'string' }, (_request, text, done) => {
    const fields = new URLSearchParams(text)
    // RFC 6749 §3.2: a parameter stands there once. Which of two is meant, two readers may see differently.
    const twice = [...new Set(fields.keys())].filter((name) => fields.getAll(name).length > 1)
    const faults = twice
      .slice(0, 5)
      .map((name) => ({ pointer: `/${name.slice(0, 64)}`, detail: 'It is given twice.' }))
    if (faults.length > 0) return done(new FailureError({ code: 'invalid_request', faults }))
    // RFC 6749 §3.2: one without a value counts as left out.
    done(null, Object.fromEntries([...fields].filter(([, value]) => value !== '')))
  })
}
