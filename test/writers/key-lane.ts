import { type ApiClient, type ApiReply, text } from '../../sandbox/api-client.ts'
import type { Chance } from './chance.ts'
import type { Change, Lane } from './lane.ts'

type Doubt = 'made' | { readonly removed: string }

/** Makes and revokes keys of one caller. A key that was made and never shown is revoked in the next run. */
export class KeyLane implements Lane {
  readonly #caller: string
  readonly #chance: Chance
  readonly #clientOf: (key: string) => ApiClient
  /** By id; undefined where nobody has seen the key itself. */
  readonly #keys = new Map<string, string | undefined>()
  #revoked: string[] = []
  #doubt: Doubt | undefined
  #changes: Change[] = []

  constructor(caller: string, chance: Chance, clientOf: (key: string) => ApiClient) {
    this.#caller = caller
    this.#chance = chance
    this.#clientOf = clientOf
  }

  async run(api: ApiClient, stopped: () => boolean): Promise<ApiReply | undefined> {
    while (!stopped()) {
      const reply = await this.#write(api)
      if (reply === undefined || reply.status >= 300) return reply
    }
    return undefined
  }

  async settle(api: ApiClient): Promise<readonly Change[]> {
    const { body } = await api('GET', `/callers/${this.#caller}`)
    const found = idsOf(body['keys'])
    const unknown = found.filter((id) => !this.#keys.has(id))
    const lost = [...this.#keys.keys()].filter((id) => !found.includes(id))
    const doubt = this.#doubt
    if (doubt === 'made' && unknown.length === 1) {
      for (const id of unknown.splice(0)) this.#made(id, undefined)
    }
    if (typeof doubt === 'object' && lost.includes(doubt.removed)) {
      lost.splice(lost.indexOf(doubt.removed), 1)
      this.#removed(doubt.removed)
    }
    if (unknown.length > 0 || lost.length > 0)
      throw new Error(`keys of ${this.#caller} that nobody made: ${unknown}; lost: ${lost}`)
    this.#doubt = undefined
    await this.#tryKeys()
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  async #tryKeys(): Promise<void> {
    const valid = [...this.#keys.values()].filter((key) => key !== undefined)
    const expected = [
      ...valid.map((key) => [key, 200] as const),
      ...this.#revoked.map((key) => [key, 401] as const),
    ]
    this.#revoked = []
    for (const [key, status] of expected) {
      const reply = await this.#clientOf(key)('GET', '/scopes')
      if (reply.status !== status) throw new Error(`a key answers ${reply.status} instead of ${status}`)
    }
  }

  async #write(api: ApiClient): Promise<ApiReply | undefined> {
    const path = `/callers/${this.#caller}/keys`
    const [oldest] = this.#keys.keys()
    if (oldest !== undefined && (this.#keys.size === 2 || this.#chance.fraction() < 0.4)) {
      this.#doubt = { removed: oldest }
      const reply = await api('DELETE', `${path}/${oldest}`).catch(() => undefined)
      if (reply?.status === 204) this.#removed(oldest)
      return reply
    }
    this.#doubt = 'made'
    const reply = await api('POST', path, {}).catch(() => undefined)
    if (reply?.status === 201) this.#made(text(reply.body, 'id'), text(reply.body, 'key'))
    return reply
  }

  #made(id: string, key: string | undefined): void {
    this.#doubt = undefined
    this.#keys.set(id, key)
    this.#changes.push({ action: 'key.created', target: this.#target(id), after: { id } })
  }

  #removed(id: string): void {
    this.#doubt = undefined
    const key = this.#keys.get(id)
    if (key !== undefined) this.#revoked.push(key)
    this.#keys.delete(id)
    this.#changes.push({ action: 'key.removed', target: this.#target(id), before: { id } })
  }

  #target(id: string): string {
    return `callers/${this.#caller}/keys/${id}`
  }
}

function idsOf(keys: unknown): string[] {
  if (!Array.isArray(keys)) return []
  return keys.map((key: unknown) =>
    typeof key === 'object' && key !== null && 'id' in key ? String(key.id) : '',
  )
}
