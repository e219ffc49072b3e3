/** Milliseconds. */
const slice = 10
const slices = 5
/** Slices after which it ends even if this process had time for nothing. */
const mostSlices = 50

/**
 * Whether something settles within 50 ms of a loop that runs. A slice of time that ended late does not count: this
 * process itself was busy, and could neither send nor read. The library's own timeout and an abort signal end only
 * what was not sent yet.
 */
export async function settlesInTime(work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>()
  let counted = 0
  let passed = 0
  let startedAt = performance.now()
  let timer = setTimeout(tick, slice)
  function tick() {
    const now = performance.now()
    passed += 1
    if (now - startedAt < 2 * slice) counted += 1
    if (counted === slices || passed === mostSlices) return resolve(false)
    startedAt = now
    timer = setTimeout(tick, slice)
  }
  const settled = () => true
  try {
    return await Promise.race([work.then(settled, settled), late])
  } finally {
    clearTimeout(timer)
  }
}
