interface Memory<A, B, Value> {
  readonly a: A
  readonly b: B
  value: Value
  older: Memory<A, B, Value> | undefined
}

/**
 * Remembers the last few values that were worked out for an object, by the two things that they depend on beside it,
 * compared by identity. For pure functions of records that are replaced and never changed: a change of any of them
 * misses. Bounded: an object has `slots` values at most, and they go when it goes. There are as many as tenants, so
 * they are linked, which takes less than lists.
 */
export class Remembered<Key extends WeakKey, A, B, Value> {
  readonly #slots: number
  readonly #newest = new WeakMap<Key, Memory<A, B, Value>>()

  constructor(slots: number) {
    this.#slots = slots
  }

  recall(key: Key, a: A, b: B): Value | undefined {
    return this.#find(key, a, b)?.value
  }

  keep(key: Key, a: A, b: B, value: Value): Value {
    const known = this.#find(key, a, b)
    if (known !== undefined) {
      known.value = value
      return value
    }
    const newest = { a, b, value, older: this.#newest.get(key) }
    this.#newest.set(key, newest)
    forgetBeyond(newest, this.#slots)
    return value
  }

  #find(key: Key, a: A, b: B): Memory<A, B, Value> | undefined {
    let memory = this.#newest.get(key)
    while (memory !== undefined && (memory.a !== a || memory.b !== b)) memory = memory.older
    return memory
  }
}

function forgetBeyond<A, B, Value>(newest: Memory<A, B, Value>, slots: number): void {
  let last: Memory<A, B, Value> | undefined = newest
  for (let kept = 1; kept < slots; kept += 1) last = last?.older
  if (last !== undefined) last.older = undefined
}
