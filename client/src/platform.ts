import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** The part of `fetch` that is used. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'POST'
    readonly headers: Record<string, string>
    readonly body: string
    readonly redirect: 'error'
    readonly signal: AbortSignal
  },
) => Promise<{
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}>

/** What the client has of the world. A program that needs a proxy or an authority of its own gives its own `fetch`. */
export interface Platform {
  readonly fetch: Fetch
  readonly readFile: (path: string) => Promise<string>
  /** Unix milliseconds. */
  readonly now: () => number
  /** Milliseconds that no setting of the clock changes. */
  readonly monotonic: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

export const nodePlatform: Platform = Object.freeze({
  // Looked up at each call, so that what instruments the global later is used.
  fetch: (url: Parameters<Fetch>[0], init: Parameters<Fetch>[1]) => globalThis.fetch(url, init),
  readFile: (path: string) => readFile(path, 'utf8'),
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  sleep: (milliseconds: number, signal: AbortSignal) => delay(milliseconds, undefined, { signal }),
})
