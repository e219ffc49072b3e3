import fc, { type Scheduler } from 'fast-check'
import { type Acquired, createTokenCache } from '../../src/broker/token-cache.ts'
import { fail, ok } from '../../src/domain/result.ts'
import type { AccessToken, TokenTarget } from '../../src/domain/token.ts'
import { manualClock, minute, second, sha256, targetNamed, tokenOf } from './fixture.ts'

const targets = ['contoso', 'fabrikam', 'northwind'].map((name) => targetNamed(name))
export const capacity = 2

type Outcome = 'token' | 'failure' | 'crash'

export type Action =
  | { readonly kind: 'acquire' | 'reject' | 'demand' | 'reissue' | 'mended'; readonly target: number }
  | { readonly kind: 'wait'; readonly milliseconds: number }

// Mostly one target, so that much happens to it at once.
const target = fc.constantFrom(0, 0, 0, 0, 1, 2)
export const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('acquire', 'reject', 'demand', 'reissue', 'mended'), target }),
    fc.record({
      kind: fc.constant('wait'),
      milliseconds: fc.constantFrom(second, 5 * second, 30 * second, 2 * minute),
    }),
  ),
  { minLength: 1, maxLength: 40, size: 'max' },
)
export const outcomes: fc.Arbitrary<readonly Outcome[]> = fc.array(
  fc.constantFrom<Outcome>('token', 'token', 'token', 'failure', 'crash'),
  { minLength: 1, maxLength: 20, size: 'max' },
)

interface Flight {
  readonly number: number
  detached: boolean
}

/** Runs a cache through whatever the scheduler makes of these actions and mints; tells what went wrong. */
export class CacheModel {
  readonly #clock = manualClock()
  readonly #scheduler: Scheduler
  readonly #outcomes: readonly Outcome[]
  /** The flight of each target that may store what it brings. */
  readonly #registered = new Map<TokenTarget, Flight>()
  /** The number of the flight that stored the newest token of each target. */
  readonly #stored = new Map<TokenTarget, number>()
  readonly #flightOf = new Map<string, Flight>()
  readonly #held = new Map<TokenTarget, AccessToken>()
  readonly faults: string[] = []
  #flights = 0
  #rejecting = false
  asked = 0
  settled = 0

  constructor(scheduler: Scheduler, outcomes: readonly Outcome[]) {
    this.#scheduler = scheduler
    this.#outcomes = outcomes
  }

  readonly #cache = createTokenCache({
    capacity,
    clock: this.#clock,
    onError: () => undefined,
    mint: (asked) =>
      this.#mint(targets.find(({ directoryId }) => directoryId === asked.directoryId) ?? asked),
  })

  #mint(asked: TokenTarget) {
    const flight: Flight = { number: this.#flights, detached: false }
    this.#flights += 1
    const before = this.#registered.get(asked)
    if (before !== undefined && !this.#rejecting) this.faults.push('two flights at once for one target')
    if (before !== undefined) before.detached = true
    this.#registered.set(asked, flight)

    const outcome = this.#outcomes[flight.number % this.#outcomes.length]
    const landing = this.#scheduler.schedule(Promise.resolve(), `flight ${flight.number}`).then(() => {
      if (outcome === 'crash') throw new Error('a fault of the broker')
      if (outcome === 'failure') return fail({ code: 'entra_unavailable', retryAfterSeconds: 5 } as const)
      const token = tokenOf(this.#clock, { value: `flight ${flight.number}`, lifetime: 4 * minute })
      this.#flightOf.set(token.value, flight)
      return ok(token)
    })
    // Attached a moment later than the cache's own reaction, so that it runs just after the cache stored.
    queueMicrotask(() =>
      landing.then(
        ({ ok }) => this.#land(asked, flight, ok),
        () => this.#land(asked, flight, false),
      ),
    )
    return landing
  }

  #land(asked: TokenTarget, flight: Flight, hasToken: boolean): void {
    if (flight.detached) return
    this.#registered.delete(asked)
    if (hasToken) this.#stored.set(asked, flight.number)
    if (this.#cache.size > capacity) this.faults.push('more tokens than there is room for')
  }

  async perform(action: Action): Promise<void> {
    if (action.kind === 'wait') return this.#clock.advance(action.milliseconds)
    const asked = targets[action.target] ?? targetNamed('contoso')
    if (action.kind === 'mended') return this.#cache.forgetFailures((failed) => failed === asked)
    const held = this.#held.get(asked)
    this.#rejecting = action.kind === 'reject' && held !== undefined
    const need = {
      ...(action.kind === 'reject' && held !== undefined ? { rejectedSha256: sha256(held.value) } : {}),
      ...(action.kind === 'demand' ? { minimumValidity: 10 * minute } : {}),
    }
    const answer = this.#settle(asked, this.#cache.acquire(asked, need))
    this.#rejecting = false
    const acquired = await answer
    if (action.kind === 'reissue' && acquired?.ok) {
      await this.#settle(asked, this.#cache.reissue(asked, acquired.value.token))
    }
  }

  async #settle(asked: TokenTarget, answer: Promise<Acquired | undefined>): Promise<Acquired | undefined> {
    this.asked += 1
    const acquired = await answer.catch(() => undefined)
    this.settled += 1
    if (acquired?.ok) this.#inspect(asked, acquired.value.origin, acquired.value.token)
    return acquired
  }

  #inspect(asked: TokenTarget, origin: string, token: AccessToken): void {
    const newest = this.#stored.get(asked) ?? -1
    const flight = this.#flightOf.get(token.value)
    this.#held.set(asked, token)
    if (token.expiresAt <= this.#clock.monotonic()) this.faults.push('an expired token was served')
    if (flight === undefined) this.faults.push('a token from nowhere was served')
    else if (origin === 'hit') {
      if (flight.detached) this.faults.push('what a detached flight brought was stored')
      if (flight.number < newest) this.faults.push('a token was served that is older than the newest stored')
    }
  }
}
