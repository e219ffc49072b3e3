/** One of the values that were worked out for an object, by the two things that it depends on beside it. */
export interface Memory<A, B, Value> {
  readonly a: A
  readonly b: B
  value: Value
  older: Memory<A, B, Value> | undefined
}

/** Undefined where nothing was worked out from these two. */
export function recall<A, B, Value>(
  newest: Memory<A, B, Value> | undefined,
  a: A,
  b: B,
): Memory<A, B, Value> | undefined {
  let memory = newest
  while (memory !== undefined && (memory.a !== a || memory.b !== b)) memory = memory.older
  return memory
}

/** The newest memory from now on; of all of them `most` are left. */
export function remember<A, B, Value>(
  newest: Memory<A, B, Value> | undefined,
  a: A,
  b: B,
  value: Value,
  most: number,
): Memory<A, B, Value> {
  const known = recall(newest, a, b)
  if (newest !== undefined && known !== undefined) {
    known.value = value
    return newest
  }
  const added = { a, b, value, older: newest }
  forgetBeyond(added, most)
  return added
}

function forgetBeyond<A, B, Value>(newest: Memory<A, B, Value>, most: number): void {
  let last: Memory<A, B, Value> | undefined = newest
  for (let kept = 1; kept < most; kept += 1) last = last?.older
  if (last !== undefined) last.older = undefined
}

/**
 * Remembers the last few values that were worked out for an object, by the two things that they depend on beside it,
 * compared by identity. For pure functions of records that are replaced and never changed: a change of any of them
 * misses. Bounded: an object has `most` values, and they go when it goes. There are as many as tenants, so they are
 * linked, which takes less than lists.
 */
export class Remembered<Key extends WeakKey, A, B, Value> {
  readonly #most: number
  readonly #newest = new WeakMap<Key, Memory<A, B, Value>>()

  constructor(most: number) {
    this.#most = most
  }

  recall(key: Key, a: A, b: B): Value | undefined {
    return recall(this.#newest.get(key), a, b)?.value
  }

  keep(key: Key, a: A, b: B, value: Value): Value {
    const newest = this.#newest.get(key)
    const next = remember(newest, a, b, value, this.#most)
    if (next !== newest) this.#newest.set(key, next)
    return value
  }
}
