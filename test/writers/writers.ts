import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type ApiClient, type ApiReply, expectSuccess } from '../../sandbox/api-client.ts'
import type { Chance } from './chance.ts'
import { KeyLane } from './key-lane.ts'
import { type Change, type Lane, RecordLane } from './lane.ts'
import { aCaller, anApplication, aTenant, baseApplications } from './records.ts'

type Members = Readonly<Record<string, unknown>>

/** Writers of everything that the API can write, side by side, and what must be there because of them. */
export class Writers {
  /** Changes that were found whole so far. */
  changes = 0
  readonly #operator: ApiClient
  readonly #lanes: readonly Lane[]
  readonly #newest = new Map<string, unknown>()
  /** The request of the newest change that was looked at. */
  #seen: unknown

  constructor(operator: ApiClient, lanes: readonly Lane[]) {
    this.#operator = operator
    this.#lanes = lanes
  }

  /** Starts all writers. What it returns ends them after the write that each is at: the replies of no success. */
  write(): () => Promise<readonly ApiReply[]> {
    let ended = false
    const running = this.#lanes.map((lane) => lane.run(this.#operator, () => ended))
    return async () => {
      ended = true
      return (await Promise.all(running)).filter((reply) => reply !== undefined)
    }
  }

  /** Compares the broker with what was acknowledged: records, keys, audit, and what refers to what. */
  async settle(t: Test, about: string): Promise<void> {
    const expected: Change[] = []
    for (const lane of this.#lanes) expected.push(...(await lane.settle(this.#operator)))
    const recorded = await this.#recorded()
    t.strictSame(byTarget(recorded), byTarget(expected), `${about}: one audit row for each change`)
    for (const { target, after } of recorded) this.#newest.set(target, after)
    this.changes += expected.length
    await this.#compareExport(t, about)
  }

  /** From here on every change must be one of these writers'. */
  async begin(): Promise<void> {
    const [newest] = items((await expectSuccess(this.#operator('GET', '/audit?page_size=1')))['items'])
    this.#seen = newest?.['request_id']
  }

  async #recorded(): Promise<Change[]> {
    const rows: Members[] = []
    let query = 'page_size=200'
    for (;;) {
      const page = await expectSuccess(this.#operator('GET', `/audit?${query}`))
      const found = items(page['items'])
      const known = found.findIndex((row) => row['request_id'] === this.#seen)
      rows.push(...(known < 0 ? found : found.slice(0, known)))
      if (known >= 0) break
      if (typeof page['next_page_token'] !== 'string') throw new Error('the audit has lost its past')
      query = `page_size=200&page_token=${page['next_page_token']}`
    }
    this.#seen = rows[0]?.['request_id'] ?? this.#seen
    return rows.reverse().map(toChange)
  }

  async #compareExport(t: Test, about: string): Promise<void> {
    const whole = await expectSuccess(this.#operator('GET', '/export'))
    const documents = ['applications', 'tenants', 'callers'].flatMap((kind) =>
      items(whole[kind]).map((document): [string, Members] => [
        `${kind}/${String(document['id'])}`,
        document,
      ]),
    )
    const found = new Map(documents)
    const records = [...this.#newest].filter(([target]) => target.split('/').length === 2)
    t.strictSame(
      records.map(([target]) => [target, found.get(target)]),
      records,
      `${about}: each record is as its newest audit row says`,
    )
    const torn = items(whole['tenants']).filter(({ applications }) => {
      const ids = Array.isArray(applications) ? applications : []
      return ids.length === 0 || ids.some((id) => !found.has(`applications/${String(id)}`))
    })
    t.strictSame(torn, [], `${about}: each tenant has its applications`)
  }
}

/** Three records of each kind and the keys of two callers, all written at a time. */
export async function createWriters(
  operator: ApiClient,
  clientOf: (key: string) => ApiClient,
  chance: Chance,
): Promise<Writers> {
  const application = { display_name: 'Base', permissions: ['Mail.Read'] }
  for (const id of baseApplications) {
    await expectSuccess(operator('POST', '/applications', { ...application, id, client_id: randomUUID() }))
  }
  const records = [1, 2, 3].flatMap((number) => [
    new RecordLane(anApplication(`application-${number}`, chance), chance),
    new RecordLane(aTenant(`tenant-${number}`, chance), chance),
    new RecordLane(aCaller(`caller-${number}`, chance), chance),
  ])
  const keys = ['holder-1', 'holder-2'].map(async (id) => {
    await expectSuccess(operator('POST', '/callers', { id, role: 'caller', grants: [] }))
    return new KeyLane(id, chance, clientOf)
  })
  const writers = new Writers(operator, [...records, ...(await Promise.all(keys))])
  await writers.begin()
  return writers
}

function byTarget(changes: readonly Change[]) {
  const groups = Map.groupBy(changes, ({ target }) => target)
  return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function toChange({ action, target, before, after }: Members): Change {
  return {
    action: String(action),
    target: String(target),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  }
}

function items(value: unknown): Members[] {
  return Array.isArray(value) ? value : []
}
