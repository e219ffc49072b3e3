/** Numbers that look random and come again with the same seed. */
export interface Chance {
  readonly seed: number
  /** In [0, 1). */
  fraction(): number
  /** From `least` to `most`, both included. */
  integer(least: number, most: number): number
  pick<T>(from: readonly T[]): T
}

/** Mulberry32. TEST_SEED repeats a run as far as processes and disks let it. */
export function createChance(seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 32)): Chance {
  let state = seed
  function fraction(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (least: number, most: number) => least + Math.floor(fraction() * (most - least + 1))
  function pick<T>(from: readonly T[]): T {
    const picked = from[integer(0, from.length - 1)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }
  return { seed, fraction, integer, pick }
}
