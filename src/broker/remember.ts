/**
 * Remembers the last few values that were worked out for an object, by what else they depend on, compared by
 * identity. For pure functions of records that are replaced and never changed: a change of any of them misses.
 * Bounded: an object has `slots` values at most, and they go when it goes.
 */
export class Remembered<Key extends WeakKey, On extends readonly unknown[], Value> {
  readonly #slots: number
  readonly #entries = new WeakMap<Key, { readonly on: On; value: Value }[]>()

  constructor(slots: number) {
    this.#slots = slots
  }

  recall(key: Key, on: On): Value | undefined {
    const entries = this.#entries.get(key)
    if (entries === undefined) return undefined
    for (const entry of entries) if (sameItems(entry.on, on)) return entry.value
    return undefined
  }

  keep(key: Key, on: On, value: Value): Value {
    const entries = this.#entries.get(key)
    const known = entries?.find((entry) => sameItems(entry.on, on))
    if (known !== undefined) known.value = value
    else if (entries === undefined) this.#entries.set(key, [{ on, value }])
    else if (entries.unshift({ on, value }) > this.#slots) entries.pop()
    return value
  }
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false
  return true
}
