import type { FastifyInstance } from 'fastify'

export interface Lifecycle {
  /** Whether this process is going down and should get no new work. */
  readonly closing: boolean
  /** Says so from now on; everything is still served. */
  leave(): void
}

export function createLifecycle(): Lifecycle {
  let closing = false
  return {
    get closing() {
      return closing
    },
    leave() {
      closing = true
    },
  }
}

/**
 * Lets keep-alive clients go when the process leaves: their next answer tells them to reconnect, elsewhere if they
 * can. Without it, `close` waits for them until it is killed, or drops what they just sent.
 */
export function followLifecycle(app: FastifyInstance, lifecycle: Lifecycle): void {
  app.addHook('preClose', (done) => {
    lifecycle.leave()
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.closing) reply.header('connection', 'close')
    done(null, payload)
  })
}
