import type { Failure } from '../domain/failure.ts'
import type { AuthenticationMetrics, Clock } from './ports.ts'
import { type Usage, useRate } from './rate.ts'

/** Failures a minute that are answered 401: with one key id from one client, and from one client at all. */
const mostWithKey = 20
const mostOfClient = 100
/** Clients, and pairs of client and key id, that are remembered; whoever failed longest ago is forgotten first. */
const mostRemembered = 10_000

export interface FailedAuthenticationsOptions {
  readonly clock: Clock
  readonly metrics: AuthenticationMetrics
}

/** The key id in what was sent, also where the rest of the key is malformed. */
const keyForm = /\bgtb\.([a-z0-9]{16})\./

/** What to answer to a request that was not authenticated; `client` names where it came from. */
export type RefuseAuthentication = (client: string, credential: string | undefined) => Failure

/**
 * Counts failed authentications and answers 429 where they are too many. It is asked after the credential was
 * found not to be genuine, so a genuine one always works: nobody can lock anybody out, not even from behind the
 * same address. Whoever sends no credential guesses nothing and is not counted.
 */
export function refuseAuthentications({
  clock,
  metrics,
}: FailedAuthenticationsOptions): RefuseAuthentication {
  const clients = new RecentUsages(mostRemembered)
  const pairs = new RecentUsages(mostRemembered)

  return (client, credential) => {
    if (credential === undefined) {
      metrics.authenticationFailure('none')
      return { code: 'unauthenticated' }
    }
    const keyId = keyForm.exec(credential)?.[1]
    const now = clock.monotonic()
    const wait = Math.max(
      useRate(mostOfClient, clients.of(client), now),
      keyId === undefined ? 0 : useRate(mostWithKey, pairs.of(`${client} ${keyId}`), now),
    )
    if (wait > 0) {
      metrics.authenticationFailure('too_many')
      return { code: 'too_many_failures', retryAfterSeconds: Math.ceil(wait / 1000) }
    }
    metrics.authenticationFailure(keyId === undefined ? 'other' : 'api_key')
    return { code: 'unauthenticated' }
  }
}

/** Usages by name, of the names that were asked for last. */
class RecentUsages {
  readonly #most: number
  readonly #usages = new Map<string, Usage>()

  constructor(most: number) {
    this.#most = most
  }

  of(name: string): Usage {
    const usage = this.#usages.get(name) ?? { usedUpAt: 0 }
    // A map keeps the order in which names were set: the first is the one that was asked for longest ago.
    this.#usages.delete(name)
    this.#usages.set(name, usage)
    const [oldest] = this.#usages.keys()
    if (this.#usages.size > this.#most && oldest !== undefined) this.#usages.delete(oldest)
    return usage
  }
}
