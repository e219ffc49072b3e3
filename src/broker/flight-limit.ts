export interface FlightLimitOptions {
  /** How many fly at a time. */
  readonly flights: number
  /** How many may wait for a place. */
  readonly queue: number
  /** Milliseconds that each of them waits. */
  readonly patience: number
}

export interface FlightLimit {
  /** Whether there is a place, at once or after a wait. Whoever got one must `leave` it. */
  enter(): Promise<boolean>
  leave(): void
  readonly flying: number
  readonly waiting: number
}

/** So many at a time, and a short queue before them. A place that becomes free goes to whoever waits longest. */
export function createFlightLimit({ flights, queue, patience }: FlightLimitOptions): FlightLimit {
  const waiting = new Set<() => void>()
  let flying = 0

  return {
    get flying() {
      return flying
    },
    get waiting() {
      return waiting.size
    },
    enter() {
      if (flying < flights) {
        flying += 1
        return Promise.resolve(true)
      }
      if (waiting.size >= queue) return Promise.resolve(false)
      return new Promise((resolve) => {
        const takeOver = () => {
          clearTimeout(timer)
          resolve(true)
        }
        // Either of the two takes it out of the queue first, in one turn, so it never gets a place that it gave up.
        const timer = setTimeout(() => {
          waiting.delete(takeOver)
          resolve(false)
        }, patience)
        waiting.add(takeOver)
      })
    },
    leave() {
      const [next] = waiting
      if (next === undefined) {
        flying -= 1
        return
      }
      // The place changes hands and is never free in between, so nobody who comes later is faster.
      waiting.delete(next)
      next()
    },
  }
}
