import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Span as ApiSpan,
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace as traceApi,
} from '@opentelemetry/api'
import type { RequestSpan, Span, SpanFacts, Trace } from '../../broker/trace.ts'
import { parseTraceParent } from './trace-parent.ts'

/** By what name each fact is exported. What is not named here is not. */
const names: Readonly<Record<keyof SpanFacts, string>> = {
  requestId: 'token_broker.request_id',
  caller: 'token_broker.caller',
  tenant: 'token_broker.tenant',
  application: 'token_broker.application',
  credential: 'token_broker.credential',
  directoryId: 'token_broker.directory_id',
  clientId: 'token_broker.client_id',
  cache: 'token_broker.cache',
  outcome: 'token_broker.outcome',
}

/** The span that work belongs to; what is started for a request and goes on behind its answer keeps it. */
interface Active extends Span {
  readonly inner: ApiSpan
}

export function createTrace(tracer: Tracer): Trace {
  const storage = new AsyncLocalStorage<Active>()

  return {
    startRequest({ method, route, traceparent }): RequestSpan {
      const parent = traceparent === undefined ? undefined : parseTraceParent(traceparent)
      const inner = tracer.startSpan(
        `${method} ${route}`,
        { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'http.route': route } },
        parent === undefined ? ROOT_CONTEXT : traceApi.setSpanContext(ROOT_CONTEXT, parent),
      )
      const active = describing(inner)
      return {
        note: active.note,
        fail: active.fail,
        run: (work) => storage.run(active, work),
        end(status) {
          if (status === undefined) inner.setAttribute('error.type', 'client_gone')
          else inner.setAttribute('http.response.status_code', status)
          if (status !== undefined && status >= 500) fault(inner, String(status))
          inner.end()
        },
      }
    },

    current: () => storage.getStore(),

    async call(name, facts, work) {
      const parent = storage.getStore()
      if (parent === undefined) return work()
      const inner = tracer.startSpan(
        name,
        { kind: SpanKind.CLIENT },
        traceApi.setSpan(ROOT_CONTEXT, parent.inner),
      )
      const active = describing(inner)
      active.note(facts)
      try {
        return await storage.run(active, () => work(active))
      } catch (error) {
        // An error's message and stack may hold anything, so its kind is all that is told.
        fault(inner, error instanceof Error ? error.name : 'unknown')
        throw error
      } finally {
        inner.end()
      }
    },
  }
}

function describing(inner: ApiSpan): Active {
  return {
    inner,
    note: (facts) => void inner.setAttributes(attributesOf(facts)),
    fail: () => void inner.setStatus({ code: SpanStatusCode.ERROR }),
  }
}

function attributesOf(facts: SpanFacts): Attributes {
  const attributes: Attributes = {}
  for (const [fact, value] of Object.entries(facts)) {
    if (isFact(fact)) attributes[names[fact]] = value
  }
  return attributes
}

function isFact(name: string): name is keyof SpanFacts {
  return Object.hasOwn(names, name)
}

function fault(span: ApiSpan, type: string): void {
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
