import type { Test } from 'tap'
import { Agent, request } from 'undici'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Wait } from '../../src/broker/consent-verification.ts'
import type { Clock } from '../../src/broker/ports.ts'
import { english } from '../../src/http/consent-pages/english.ts'
import { createRawClient, type RawReply } from '../http/raw-client.ts'

export const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** A browser with one cookie, that follows nothing by itself. */
export interface Visitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<RawReply>
  /** Presses the button of a consent link. */
  press(path: string, headers?: Readonly<Record<string, string>>): Promise<RawReply>
  /** The same, on to Microsoft's consent page. */
  leave(path: string): Promise<URL>
  /** Decides there; the path that Microsoft sends the browser back to. */
  decide(page: URL, decision?: 'accept' | 'cancel'): Promise<string>
  readonly cookie: string | undefined
}

export function createVisitor(t: Test, { cloud, broker }: Sandbox, origin = broker.origin): Visitor {
  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  t.teardown(() => dispatcher.close())
  const send = createRawClient(origin)
  let cookie: string | undefined
  const withCookie = (headers = {}) => ({ ...(cookie !== undefined && { cookie }), ...headers })

  const visitor: Visitor = {
    get cookie() {
      return cookie
    },
    get: (path, headers) => send({ method: 'GET', path, headers: withCookie(headers) }),
    async press(path, headers = form) {
      const reply = await send({ method: 'POST', path, headers: withCookie(headers) })
      cookie = String(reply.headers['set-cookie'] ?? cookie).split(';')[0]
      return reply
    },
    async leave(path) {
      const { status, text } = await visitor.press(path)
      const url = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1]
      if (status !== 200 || url === undefined) throw new Error(`the button led to ${status}: ${text}`)
      return new URL(url.replaceAll('&amp;', '&'))
    },
    async decide(page, decision = 'accept') {
      const asked = await request(page, { dispatcher })
      await asked.body.dump()
      if (asked.statusCode === 302) return pathOf(asked.headers['location'])
      const body = new URLSearchParams([...page.searchParams, ['decision', decision]]).toString()
      const decided = await request(page, { method: 'POST', headers: form, body, dispatcher })
      await decided.body.dump()
      return pathOf(decided.headers['location'])
    },
  }
  return visitor
}

function pathOf(location: string | string[] | undefined): string {
  const { pathname, search } = new URL(String(location))
  return `${pathname}${search}`
}

/** Which outcome a page tells, in English. */
export function outcomeOf({ text }: RawReply): string | undefined {
  const title = /<title>([^<]*)<\/title>/.exec(text)?.[1]
  return Object.entries(english.outcomes).find(([, { heading }]) => heading === title)?.[0]
}

/** Time that passes when a test says so, on top of the time that passes anyway. */
export interface Ahead {
  readonly clock: Clock
  readonly wait: Wait
  pass(seconds: number): void
  /** Steps the wall clock alone, back again too: Entra's own clock stays where it is. */
  step(seconds: number): void
}

export function goAhead(): Ahead {
  let ahead = 0
  let stepped = 0
  let waiting: { readonly until: number; readonly go: () => void }[] = []
  const clock = { now: () => Date.now() + ahead + stepped, monotonic: () => performance.now() + ahead }
  return {
    clock,
    wait: (milliseconds, signal) =>
      new Promise((resolve) => {
        waiting.push({ until: clock.monotonic() + milliseconds, go: resolve })
        signal.addEventListener('abort', () => resolve())
      }),
    step(seconds) {
      stepped += seconds * 1000
    },
    pass(seconds) {
      ahead += seconds * 1000
      const due = waiting.filter(({ until }) => until <= clock.monotonic())
      waiting = waiting.filter((one) => !due.includes(one))
      for (const { go } of due) go()
    },
  }
}
