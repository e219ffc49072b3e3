import type { FastifyInstance } from 'fastify'

export interface Lifecycle {
  /** Whether this process is going down and should get no new work. */
  readonly closing: boolean
}

/**
 * Lets keep-alive clients go when the server closes: their next answer tells them to reconnect elsewhere.
 * Without it, `close` waits for them until it is killed, or drops what they just sent.
 */
export function followLifecycle(app: FastifyInstance): Lifecycle {
  const state = { closing: false }
  app.addHook('preClose', (done) => {
    state.closing = true
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (state.closing) reply.header('connection', 'close')
    done(null, payload)
  })
  return state
}
