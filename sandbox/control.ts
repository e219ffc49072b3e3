import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type FastifyPluginAsyncTypebox,
  type Static,
  Type,
  TypeBoxValidatorCompiler,
} from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface ControlOptions {
  /** Unix time in milliseconds. */
  readonly now: () => number
}

const Fault = Type.Object(
  {
    /** `POST /path-prefix`, or `/part` of a path. The query is never looked at. */
    match: Type.String({ pattern: '^([A-Z]+ )?/\\S*$' }),
    /** How many requests it answers; without it, all of them until the faults are cleared. */
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    /** 500 without it. */
    status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599 })),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
        Type.String({ pattern: '^[\\t\\x20-\\x7e]*$' }),
        { additionalProperties: false },
      ),
    ),
    /** A string goes out as it is, anything else as JSON. */
    body: Type.Optional(Type.Unknown()),
    /** Milliseconds. Alone it delays the request and then lets it through. */
    delay_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
    /** Cuts the connection without an answer. */
    reset: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
type Fault = Static<typeof Fault>

interface SeenRequest {
  readonly method: string
  readonly path: string
  /** Null while it is not answered, and for good where the connection was cut. */
  status: number | null
  readonly at: string
}

const keptRequests = 1000
const keptRoutes = 10_000

/**
 * Counts what a sandbox service is asked and lets tests make it fail: `POST` and `DELETE /_sandbox/faults`,
 * `GET` and `DELETE /_sandbox/requests`. Its hooks reach all routes that the same instance gets afterwards.
 * The newest fault that matches and has `times` left answers; none reaches `/_sandbox` itself.
 */
const control: FastifyPluginAsyncTypebox<ControlOptions> = async (app, { now }) => {
  const faults = createFaults()
  const log = createRequestLog()
  const closing = new AbortController()
  // A listener for each delayed request: their number is the tester's choice and no leak.
  setMaxListeners(0, closing.signal)
  const entries = new WeakMap<FastifyRequest, SeenRequest>()

  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.replace(/[?#].*$/s, '')
    if (path === '/_sandbox' || path.startsWith('/_sandbox/')) return
    entries.set(request, log.add(request.method, path, new Date(now()).toISOString()))
    const fault = faults.take(request.method, path)
    if (fault !== undefined) await strike(fault, request, reply, closing.signal)
  })
  app.addHook('onResponse', async (request, reply) => {
    const entry = entries.get(request)
    if (entry !== undefined) entry.status = reply.statusCode
  })
  app.addHook('preClose', async () => closing.abort())

  await app.register(async (scope: FastifyInstance) => routes(scope, faults, log), { prefix: '/_sandbox' })
}

/**
 * The same plugin without a scope of its own (Fastify's own mark for it): its hooks then belong to the
 * instance that registers it.
 */
export function withoutScope<T extends object>(plugin: T): T {
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

export const sandboxControl = withoutScope(control)

type Faults = ReturnType<typeof createFaults>
type RequestLog = ReturnType<typeof createRequestLog>

function routes(scope: FastifyInstance, faults: Faults, log: RequestLog): void {
  // Fastify's default compiler would drop unknown members and coerce types instead of refusing them.
  scope.setValidatorCompiler(TypeBoxValidatorCompiler)
  scope.post<{ Body: Fault }>('/faults', { schema: { body: Fault } }, async (request, reply) => {
    faults.add(request.body)
    return reply.code(204).send()
  })
  scope.delete('/faults', async (_request, reply) => {
    faults.clear()
    return reply.code(204).send()
  })
  scope.get('/requests', async () => log.summary())
  scope.delete('/requests', async (_request, reply) => {
    log.clear()
    return reply.code(204).send()
  })
}

function createFaults() {
  let armed: { readonly fault: Fault; left: number }[] = []
  return {
    add(fault: Fault): void {
      armed.unshift({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
    },
    clear(): void {
      armed = []
    },
    /** Uses up one of its times at once, so that concurrent requests never share the last one. */
    take(method: string, path: string): Fault | undefined {
      const found = armed.find(({ fault }) => matches(fault.match, method, path))
      if (found === undefined) return undefined
      found.left -= 1
      if (found.left === 0) armed = armed.filter((other) => other !== found)
      return found.fault
    },
  }
}

function matches(match: string, method: string, path: string): boolean {
  const space = match.indexOf(' ')
  if (space < 0) return path.includes(match)
  return match.slice(0, space) === method && path.startsWith(match.slice(space + 1))
}

async function strike(fault: Fault, request: FastifyRequest, reply: FastifyReply, closing: AbortSignal) {
  const { delay_ms, match: _match, times: _times, ...answer } = fault
  if (delay_ms !== undefined) {
    // The rejection says that the service closes: the request is cut rather than answered late.
    const waited = await delay(delay_ms, true, { signal: closing }).catch(() => false)
    if (!waited) return cut(request, reply)
    if (Object.keys(answer).length === 0) return
  }
  if (fault.reset === true) return cut(request, reply)
  reply.code(fault.status ?? 500)
  if (fault.body === undefined || typeof fault.body === 'string') {
    return reply.headers(fault.headers ?? {}).send(fault.body)
  }
  return reply
    .type('application/json; charset=utf-8')
    .headers(fault.headers ?? {})
    .send(JSON.stringify(fault.body))
}

function cut(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack()
  request.raw.socket.destroy()
}

function createRequestLog() {
  let total = 0
  let requests: SeenRequest[] = []
  const byRoute = new Map<string, number>()
  return {
    add(method: string, path: string, at: string): SeenRequest {
      const entry: SeenRequest = { method, path, status: null, at }
      requests.push(entry)
      // Twice the kept number before it is cut: copying at each request would cost a long benchmark.
      if (requests.length >= keptRequests * 2) requests = requests.slice(-keptRequests)
      const route = `${method} ${path}`
      const key = byRoute.has(route) || byRoute.size < keptRoutes ? route : '(others)'
      byRoute.set(key, (byRoute.get(key) ?? 0) + 1)
      total += 1
      return entry
    },
    summary() {
      return { total, by_route: Object.fromEntries(byRoute), requests: requests.slice(-keptRequests) }
    },
    clear(): void {
      total = 0
      requests = []
      byRoute.clear()
    },
  }
}
