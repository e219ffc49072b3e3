import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import type { IdentifyCaller } from '../broker/identify-caller.ts'
import type { Caller, CallerRole } from '../domain/caller.ts'
import { FailureError } from './problems.ts'
import type { Refuse } from './refuse-authentication.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls. Set on every protected route before its body is read, and on no public one. */
    caller: Caller
  }
  interface FastifyContextConfig {
    /** Answers anonymous requests. A route that does not say so is protected. */
    public?: boolean
  }
}

/** Makes a scope protected: whoever is not known is answered 401 before anything of the body is read. */
export function authenticate(scope: FastifyInstance, identifyCaller: IdentifyCaller, refuse: Refuse): void {
  scope.decorateRequest('caller')
  scope.addHook('onRequest', (request, _reply, done) => {
    const identified = identifyCaller(request.headers.authorization)
    if (!identified.ok) return done(new FailureError(refuse(identified.failure, request)))
    request.caller = identified.value
    done()
  })
}

/** Lets only these roles into a route or scope; runs after `authenticate`. */
export function requireRole(...roles: CallerRole[]): onRequestHookHandler {
  return (request, _reply, done) => {
    if (roles.includes(request.caller.role)) return done()
    done(new FailureError({ code: 'role_required', roles }))
  }
}
