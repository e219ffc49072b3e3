import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Registry } from '../src/broker/registry.ts'
import type { Lifecycle } from '../src/http/lifecycle.ts'
import { FailureError } from '../src/http/problems.ts'
import { success } from '../src/schemas/common.ts'
import { Liveness, Readiness } from '../src/schemas/health.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface HealthOptions {
  readonly registry: Registry
  readonly lifecycle: Lifecycle
  /** Mean delay of the event loop in milliseconds, lately. */
  readonly loopDelay: () => number
  /** Why else it should get none, in words that anybody may read. */
  readonly reasons: () => readonly string[]
  /** What a person should see to, in words that anybody may read. */
  readonly warnings: () => readonly string[]
}

/** Milliseconds above which a replica should get less to do. */
const mostLoopDelay = 1000

const tags = ['Operations']
const security: [] = []
const config = { public: true }

const live = {
  operationId: 'livez',
  tags,
  security,
  summary: 'Whether the process runs',
  description: 'Says nothing of any dependency: restarting the broker mends none of them.',
  response: { 200: success(Liveness, 'It runs.'), ...problemReplies },
}

const ready = {
  operationId: 'readyz',
  tags,
  security,
  summary: 'Whether this replica should get requests',
  description:
    'Looks at the database, the event loop and the clock, which may be at most 300 s off. Not at Entra or Key Vault: when they are away, cached tokens are ' +
    'still served, and all replicas would leave together. Credentials that run out are a warning.',
  response: {
    200: success(Readiness, 'It should get requests.'),
    ...problemReplies,
  },
}

export const health: FastifyPluginCallbackTypebox<HealthOptions> = (app, options, done) => {
  app.get('/livez', { schema: live, config, logLevel: 'error' }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', { schema: ready, config, logLevel: 'error' }, async (_request, reply) => {
    const reasons = [
      ...(options.registry.snapshot().ok ? [] : ['the database was not seen lately']),
      ...(options.loopDelay() <= mostLoopDelay ? [] : ['the event loop is delayed']),
      ...options.reasons(),
      ...(options.lifecycle.closing ? ['the broker is closing'] : []),
    ]
    if (reasons.length > 0) throw new FailureError({ code: 'not_ready', reasons, retryAfterSeconds: 5 })
    reply.header('cache-control', 'no-store')
    return { status: 'ready' as const, warnings: [...options.warnings()] }
  })
  done()
}
