/**
 * Everything that a span may say. Closed, so that nothing else ever leaves: ids of records, codes and words of the
 * broker's own. Never a header, a body, a query, a scope as it was sent, a permission or an error's message.
 */
export interface SpanFacts {
  readonly requestId?: string
  readonly caller?: string
  readonly tenant?: string
  readonly application?: string
  readonly credential?: string
  readonly directoryId?: string
  readonly clientId?: string
  readonly cache?: string
  /** `issued` or `ok`, or the code of the failure. */
  readonly outcome?: string
}

/** A part of a request's work, until it ends. */
export interface Span {
  note(facts: SpanFacts): void
  /** Marks what did not work, for whoever looks for the red one. */
  fail(): void
}

export interface RequestSpan extends Span {
  /** Runs `work` so that what it starts belongs to this request. */
  run(work: () => void): void
  /** Undefined: the client had gone before its answer. */
  end(status: number | undefined): void
}

export interface ArrivingRequest {
  readonly method: string
  /** The route's pattern, never the path that was asked for. */
  readonly route: string
  /** The header `traceparent` as it came; one that is not well-formed counts as none. */
  readonly traceparent: string | undefined
}

/** Follows requests through the broker. Nothing here fails or waits, wherever spans are sent to. */
export interface Trace {
  startRequest(request: ArrivingRequest): RequestSpan
  /** The span that the current work belongs to; undefined outside of requests. */
  current(): Span | undefined
  /** A call to something outside of the process, as a span of its own. Outside of requests there is none. */
  call<T>(name: string, facts: SpanFacts, work: (span?: Span) => Promise<T>): Promise<T>
}
