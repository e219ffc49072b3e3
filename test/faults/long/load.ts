import { setTimeout as delay } from 'node:timers/promises'
import type { ApiClient } from '../../../sandbox/api-client.ts'

export interface Target {
  readonly client: ApiClient
  /** Whether it was ready when it was last asked. */
  isReady: boolean
}

export interface Load {
  /** Ends it; what went wrong, and how many requests were made. */
  end(): Promise<{ readonly failures: readonly string[]; readonly requests: number }>
}

/** Milliseconds between two looks at `/readyz`. */
const probeInterval = 200
const workers = 8

/** Sends requests to those that are ready, as a load balancer does: over connections that are kept, and without a retry. */
export function startLoad(targets: readonly Target[], send: (client: ApiClient) => Promise<number>): Load {
  const failures: string[] = []
  let requests = 0
  let isEnding = false

  async function probe(target: Target): Promise<void> {
    while (!isEnding) {
      const status = await target.client('GET', '/readyz').then(
        (reply) => reply.status,
        () => 0,
      )
      target.isReady = status === 200
      await delay(probeInterval)
    }
  }

  async function work(first: number): Promise<void> {
    for (let turn = first; !isEnding; turn += 1) {
      const ready = targets.filter(({ isReady }) => isReady)
      const target = ready[turn % ready.length]
      if (target === undefined) failures.push('nobody is ready')
      else {
        requests += 1
        const status = await send(target.client).catch((error: unknown) => String(error))
        if (typeof status === 'string' || status >= 400) failures.push(String(status))
      }
      await delay(2)
    }
  }

  const running = [...targets.map(probe), ...Array.from(Array(workers), (_, index) => work(index))]
  return {
    async end() {
      isEnding = true
      await Promise.all(running)
      return { failures, requests }
    },
  }
}
