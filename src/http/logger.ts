import { type Logger, pino } from 'pino'
import { redact } from '../domain/redact.ts'

/** Picks what is known to be harmless; an error's other members may hold requests and replies. */
function serialiseError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message: redact(error.message),
    stack: redact(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: serialiseError(error.cause) }),
  }
}

/** One JSON line an event. A request is logged by its id alone: its headers and body may hold secrets. */
export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: {
      err: serialiseError,
      req: (request: { readonly id?: unknown }) => ({ id: request.id }),
      res: (reply: { readonly statusCode?: unknown }) => ({ status: reply.statusCode }),
    },
  }
  return destination === undefined
    ? pino(options, pino.destination({ fd: 2, sync: true }))
    : pino(options, destination)
}
