import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    operationalLog: FastifyBaseLogger
  }
}

/**
 * What Fastify has to say, in the operational log. Fastify itself is given no logger: with one it makes and checks a
 * child for each request and listens for the end of each reply, which is 4 % of a hit; and of a request the audit has a
 * line already.
 */
export class ServerLog extends LogController {
  readonly #logger: FastifyBaseLogger

  constructor(logger: FastifyBaseLogger) {
    super({ disableRequestLogging: true })
    this.#logger = logger
  }

  override streamError(err: Error & { readonly code?: string }, { id }: FastifyRequest): void {
    // Whoever asked has gone.
    if (err.code === 'ERR_STREAM_PREMATURE_CLOSE') return
    this.#logger.warn({ err, request_id: id }, 'a reply ended before all of it was sent')
  }

  override writeHeadError(err: Error, { id }: FastifyRequest): void {
    this.#logger.error({ err, request_id: id }, 'a reply could not be begun')
  }

  override serializerError(err: Error, { id }: FastifyRequest): void {
    this.#logger.error({ err, request_id: id }, 'a reply does not fit its schema')
  }
}

/** Where the handlers of errors find the operational log. */
export function decorateLog(app: FastifyInstance, logger: FastifyBaseLogger): void {
  app.decorate('operationalLog', logger)
}

/** Under the id that the reply names. */
export function reportUnexpected(err: unknown, { id, server }: FastifyRequest): void {
  server.operationalLog.error({ err, request_id: id }, 'request failed unexpectedly')
}
