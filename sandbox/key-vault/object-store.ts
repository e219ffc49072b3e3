import type { Row } from './page.ts'
import {
  conflict,
  deletedNotFound,
  type Noun,
  nameIsBusy,
  nameIsDeleted,
  notFound,
  objectIsBusy,
} from './refusal.ts'
import {
  type Change,
  changeVersion,
  createVersion,
  type Deleted,
  type Draft,
  type Found,
  type History,
  type Version,
} from './stored-object.ts'

/** Milliseconds during which the vault has accepted a change but does not show it yet. */
export type Delays = { delete: number; recover: number }

export type ObjectStoreOptions = {
  readonly noun: Noun
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly newVersionId: () => string
  /** Read when a deletion or recovery starts; one under way keeps its own. */
  readonly delays: Readonly<Delays>
  readonly recoverableDays: number
}

type Entry<Content> = {
  readonly name: string
  readonly versions: Version<Content>[]
  deletedAt: number | undefined
  settledAt: number
}

type Phase = 'live' | 'recovering' | 'deleting' | 'deleted'

/** Versioned, soft-deleted objects: the state machine that secrets and keys share. Names ignore case. */
export class ObjectStore<Content> {
  readonly noun: Noun
  readonly #options: ObjectStoreOptions
  readonly #entries = new Map<string, Entry<Content>>()

  constructor(options: ObjectStoreOptions) {
    this.noun = options.noun
    this.#options = options
  }

  /** Adds a version, and the object when there is none. */
  put(name: string, draft: Draft<Content>): Found<Content> {
    const version = createVersion(this.#options.newVersionId(), draft, this.#seconds())
    const entry = this.#reusable(name) ?? this.#insert({ name, versions: [] })
    entry.versions.push(version)
    return { name: entry.name, version }
  }

  /** The latest version when none is named. */
  get(name: string, versionId = ''): Found<Content> {
    const entry = this.#live(name)
    const version =
      versionId === '' ? entry?.versions.at(-1) : entry?.versions.find((one) => one.id === versionId)
    if (!entry || !version) throw notFound(this.noun, versionId === '' ? name : `${name}/${versionId}`)
    return { name: entry.name, version }
  }

  update(name: string, versionId: string, change: Change<Content>): Found<Content> {
    const { name: spelling, version } = this.get(name, versionId)
    const changed = changeVersion(version, change, this.#seconds())
    const versions = this.#live(name)?.versions ?? []
    versions[versions.indexOf(version)] = changed
    return { name: spelling, version: changed }
  }

  history(name: string): History<Content> {
    const entry = this.#live(name)
    if (!entry) throw notFound(this.noun, name)
    return { name: entry.name, versions: [...entry.versions] }
  }

  restore(history: History<Content>): Found<Content> {
    if (this.#reusable(history.name)) {
      throw conflict(`${this.noun} ${history.name} already exists and cannot be restored over.`)
    }
    this.#insert(history)
    return this.get(history.name)
  }

  delete(name: string): Deleted<Content> {
    const entry = this.#find(name)
    if (entry && this.#phase(entry) === 'deleting') throw objectIsBusy(this.noun, 'deleted')
    if (entry && this.#phase(entry) === 'recovering') throw objectIsBusy(this.noun, 'recovered')
    if (!entry || this.#phase(entry) === 'deleted') throw notFound(this.noun, name)
    entry.deletedAt = this.#options.now()
    entry.settledAt = entry.deletedAt + this.#options.delays.delete
    return this.#deleted(entry)
  }

  getDeleted(name: string): Deleted<Content> {
    const entry = this.#find(name)
    if (!entry || this.#phase(entry) !== 'deleted') throw deletedNotFound(this.noun, name)
    return this.#deleted(entry)
  }

  recover(name: string): Found<Content> {
    const entry = this.#recoverable(name)
    entry.deletedAt = undefined
    entry.settledAt = this.#options.now() + this.#options.delays.recover
    return this.#latest(entry)
  }

  purge(name: string): void {
    this.#entries.delete(keyOf(this.#recoverable(name).name))
  }

  /** By name. Objects that are on their way out or in take a place on their page and are not shown. */
  rows(): Row<Found<Content>>[] {
    return this.#sorted().map(([key, entry]) => ({
      key: `${this.noun.toLowerCase()}/${key}`,
      item: this.#phase(entry) === 'live' ? this.#latest(entry) : undefined,
    }))
  }

  /** By version id, never by time. An unknown name has no versions. */
  versionRows(name: string): Row<Found<Content>>[] {
    const entry = this.#live(name)
    if (!entry) return []
    const versions = [...entry.versions].sort((a, b) => compare(a.id, b.id))
    return versions.map((version) => ({
      key: `${this.noun.toLowerCase()}/${keyOf(name)}/${version.id}`,
      item: { name: entry.name, version },
    }))
  }

  deletedRows(): Row<Deleted<Content>>[] {
    const rows = this.#sorted().filter(([, entry]) => entry.deletedAt !== undefined)
    return rows.map(([key, entry]) => ({
      key: `deleted${this.noun.toLowerCase()}/${key}`,
      item: this.#phase(entry) === 'deleted' ? this.#deleted(entry) : undefined,
    }))
  }

  #insert(history: History<Content>): Entry<Content> {
    const entry = {
      name: history.name,
      versions: [...history.versions],
      deletedAt: undefined,
      settledAt: 0,
    }
    this.#entries.set(keyOf(history.name), entry)
    return entry
  }

  /** Whatever is kept under the name, once its time to be purged has been looked at. */
  #find(name: string): Entry<Content> | undefined {
    const entry = this.#entries.get(keyOf(name))
    if (entry?.deletedAt === undefined) return entry
    if (this.#seconds() < this.#deleted(entry).scheduledPurgeDate) return entry
    this.#entries.delete(keyOf(name))
    return undefined
  }

  #live(name: string): Entry<Content> | undefined {
    const entry = this.#find(name)
    return entry && this.#phase(entry) === 'live' ? entry : undefined
  }

  #reusable(name: string): Entry<Content> | undefined {
    const entry = this.#find(name)
    if (!entry) return undefined
    const phase = this.#phase(entry)
    if (phase === 'deleted') throw nameIsDeleted(this.noun, entry.name)
    if (phase === 'deleting') throw nameIsBusy(this.noun, entry.name, 'deleted')
    if (phase === 'recovering') throw nameIsBusy(this.noun, entry.name, 'recovered')
    return entry
  }

  #recoverable(name: string): Entry<Content> {
    const entry = this.#find(name)
    if (entry && this.#phase(entry) === 'deleting') throw objectIsBusy(this.noun, 'deleted')
    if (!entry || this.#phase(entry) !== 'deleted') throw notFound(this.noun, name)
    return entry
  }

  #phase(entry: Entry<Content>): Phase {
    const settled = this.#options.now() >= entry.settledAt
    if (entry.deletedAt === undefined) return settled ? 'live' : 'recovering'
    return settled ? 'deleted' : 'deleting'
  }

  #latest(entry: Entry<Content>): Found<Content> {
    const version = entry.versions.at(-1)
    if (!version) throw notFound(this.noun, entry.name)
    return { name: entry.name, version }
  }

  #deleted(entry: Entry<Content>): Deleted<Content> {
    const deletedDate = Math.floor((entry.deletedAt ?? 0) / 1000)
    const scheduledPurgeDate = deletedDate + this.#options.recoverableDays * 86_400
    return { ...this.#latest(entry), deletedDate, scheduledPurgeDate }
  }

  #sorted(): [string, Entry<Content>][] {
    for (const { name } of [...this.#entries.values()]) this.#find(name)
    return [...this.#entries].sort(([a], [b]) => compare(a, b))
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000)
  }
}

function keyOf(name: string): string {
  return name.toUpperCase()
}

/** By code unit: the vault's order does not depend on a locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
