import type { FastifyInstance } from 'fastify'
import { FailureError } from './problems.ts'

/** Bodies of this scope are forms (RFC 6749 Appendix B) and nothing else. */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  const form = 'application/x-www-form-urlencoded'
  scope.addContentTypeParser<string>(form, { parseAs: 'string' }, (_request, text, done) => {
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
  scope.addContentTypeParser('*', (_request, _payload, done) => {
    const faults = [{ pointer: '/Content-Type', detail: `The body must be ${form}.` }]
    done(new FailureError({ code: 'invalid_request', faults }))
  })
}
