import { isDeepStrictEqual } from 'node:util'
import type { ApiClient, ApiReply } from '../../sandbox/api-client.ts'
import type { Chance } from './chance.ts'
import type { Document, Kind } from './records.ts'

/** What the audit must say of one write. */
export interface Change {
  readonly action: string
  readonly target: string
  readonly before?: unknown
  readonly after?: unknown
}

/** One writer of records that nobody else writes, so that it knows what must be there. */
export interface Lane {
  /** Writes until `stopped` or until a write is not acknowledged; the reply where there is one. */
  run(api: ApiClient, stopped: () => boolean): Promise<ApiReply | undefined>
  /**
   * Looks what has become of everything; throws if what was acknowledged is not there as it was. What was under
   * way counts if it is there. Returns what was changed since the last time, oldest first.
   */
  settle(api: ApiClient): Promise<readonly Change[]>
}

interface Kept {
  readonly etag: unknown
  readonly document: Document
  /** The reply, without the links to the consent page, which name the day. */
  readonly body: Document
}

/** A write under way, and the document that it makes; undefined where it removes the record. */
interface Step {
  readonly send: (api: ApiClient) => Promise<ApiReply>
  readonly change: Change
  readonly document: Document | undefined
}

const isSuccess = ({ status }: ApiReply) => status >= 200 && status < 300

export class RecordLane implements Lane {
  readonly #kind: Kind
  readonly #chance: Chance
  readonly #path: string
  #count = 0
  #kept: Kept | undefined
  #doubt: Step | undefined
  #changes: Change[] = []

  constructor(kind: Kind, chance: Chance) {
    this.#kind = kind
    this.#chance = chance
    this.#path = `/${kind.collection}/${kind.id}`
  }

  async run(api: ApiClient, stopped: () => boolean): Promise<ApiReply | undefined> {
    while (!stopped()) {
      const step = this.#next()
      this.#doubt = step
      const reply = await step.send(api).catch(() => undefined)
      if (reply === undefined || !isSuccess(reply)) return reply
      this.#keep(step, reply)
    }
    return undefined
  }

  async settle(api: ApiClient): Promise<readonly Change[]> {
    const reply = await api('GET', this.#path)
    const found = reply.status === 404 ? undefined : keptOf(reply, {})
    const isAsKept = isDeepStrictEqual([found?.etag, found?.body], [this.#kept?.etag, this.#kept?.body])
    if (!isAsKept) this.#adopt(reply, found)
    this.#doubt = undefined
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  #adopt(reply: ApiReply, found: Kept | undefined): void {
    const { document } = this.#doubt ?? {}
    const names = Object.keys(document ?? {})
    const shown = found && Object.fromEntries(names.map((name) => [name, found.body[name]]))
    if (this.#doubt === undefined || !isDeepStrictEqual(shown, document)) {
      const [was, is] = [this.#kept, reply].map((value) => JSON.stringify(value))
      throw new Error(`${this.#path} was acknowledged as ${was} and is ${is}`)
    }
    this.#keep(this.#doubt, reply)
  }

  #keep({ change, document }: Step, reply: ApiReply): void {
    this.#kept = document && keptOf(reply, document)
    this.#doubt = undefined
    this.#changes.push(change)
  }

  #next(): Step {
    this.#count += 1
    const wish = this.#kind.document(this.#count)
    if (this.#kept === undefined) return this.#put('created', wish)
    const { etag, document } = this.#kept
    const dice = this.#chance.fraction()
    if (dice < 0.2) {
      const change = { ...this.#change('removed'), before: document }
      return { send: (api) => api('DELETE', this.#path), change, document: undefined }
    }
    if (dice < 0.6) return this.#put('replaced', wish)
    const patch = Object.fromEntries(this.#kind.patched.map((name) => [name, wish[name]]))
    const after = { ...document, ...patch }
    return {
      send: (api) => api('PATCH', this.#path, patch, { 'if-match': String(etag) }),
      change: { ...this.#change('replaced'), before: document, after },
      document: after,
    }
  }

  #put(outcome: string, document: Document): Step {
    const before = this.#kept === undefined ? {} : { before: this.#kept.document }
    return {
      send: (api) => api('PUT', this.#path, document),
      change: { ...this.#change(outcome), ...before, after: document },
      document,
    }
  }

  #change(outcome: string): Change {
    return { action: `${this.#kind.name}.${outcome}`, target: this.#path.slice(1) }
  }
}

function keptOf({ headers, body }: ApiReply, document: Document): Kept {
  const { consents: _links, ...rest } = body
  return { etag: headers['etag'], document, body: rest }
}
