import type { AbortSignalLike } from './token-credential.ts'

/** One request for all who wait. It goes on while anybody waits, or nobody ever did (a renewal behind the answers). */
export interface Flight<T> {
  /** Rejects when the signal aborts; the last of those who waited takes the request with them. */
  join(signal: AbortSignalLike | undefined): Promise<T>
}

/** `onLeft`: the last one who waited has gone, and the request is being aborted. */
export function startFlight<T>(request: (stop: AbortSignal) => Promise<T>, onLeft: () => void): Flight<T> {
  const controller = new AbortController()
  const outcome = request(controller.signal)
  // Who waits sees it; where nobody does, a failure must not end the process.
  outcome.catch(() => {})
  let waiting = 0
  return {
    async join(signal) {
      if (signal?.aborted) throw aborted()
      waiting += 1
      let leave = () => {}
      const left = new Promise<never>((_resolve, reject) => {
        leave = () => reject(aborted())
      })
      signal?.addEventListener('abort', leave)
      try {
        return await Promise.race([outcome, left])
      } finally {
        signal?.removeEventListener('abort', leave)
        waiting -= 1
        if (waiting === 0) {
          onLeft()
          controller.abort()
        }
      }
    },
  }
}

export function aborted(): Error {
  return new DOMException('The caller no longer waits for a token.', 'AbortError')
}
