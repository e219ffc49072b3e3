import { type Logger, pino } from 'pino'

/** Whatever looks like a key, a token or a private key, wherever it stands. */
const secrets = [
  /gtb\.[a-z0-9]{16}\.[A-Za-z0-9_-]{8,}/g,
  /eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /((?:client_secret|client_assertion|access_token|password|code|state)["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi,
]

const longest = 2_000

export function redact(text: string): string {
  let clean = text.slice(0, longest)
  for (const secret of secrets)
    clean = clean.replace(secret, (_match, name) => `${typeof name === 'string' ? name : ''}[redacted]`)
  return clean
}

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
