import { createRegistry, type Registry } from '../../src/broker/registry.ts'
import { fail } from '../../src/domain/result.ts'
import type { World } from './world.ts'

/** A registry whose database cannot be asked. */
export function unreadableRegistry({ store, clock }: World): Registry {
  const away = { ...store, revision: () => Promise.reject(new Error('away')) }
  const timing = { clock, maximumStaleness: 60_000, pollInterval: 1_000 }
  return createRegistry({ store: away, ...timing, onError: () => undefined })
}

/** A registry that can be read, and whose lock is not to be had. */
export function unwritableRegistry({ registry }: World): Registry {
  return { ...registry, commit: async () => fail({ code: 'registry_unavailable', retryAfterSeconds: 5 }) }
}
