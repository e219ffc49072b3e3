/** Milliseconds. */
const slice = 10
const slices = 5

/**
 * Whether something settles within 50 ms of a loop that runs. Each slice of the time counts once, however long it
 * took: while this process itself stood still, an answer that is there could not be read. The library's own command
 * timeout ends only what was not sent yet, and an abort signal does the same.
 */
export async function settlesInTime(work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>()
  let left = slices
  let timer = setTimeout(tick, slice)
  function tick() {
    left -= 1
    if (left === 0) resolve(false)
    else timer = setTimeout(tick, slice)
  }
  const settled = () => true
  try {
    return await Promise.race([work.then(settled, settled), late])
  } finally {
    clearTimeout(timer)
  }
}
