import { createHash } from 'node:crypto'
import { BrokerError, clientError } from './broker-error.ts'
import { aborted, type Flight, startFlight } from './flight.ts'
import { type HeldToken, holdToken } from './held-token.ts'
import { type BrokerCredentialOptions, readOptions, type Settings } from './options.ts'
import { checkResource } from './resource.ts'
import { askUntilDeadline } from './retry.ts'
import type { AccessToken, GetTokenOptions, TokenCredential } from './token-credential.ts'

/** Milliseconds. The broker, too, has a token refused at most so often. */
const rejectionPause = 30_000
const firstBackOff = 5_000
const longestBackOff = 300_000

/**
 * Tokens of one tenant for one set of scopes, for every SDK that takes a `TokenCredential`. Holds one token, asks the
 * broker once however many wait, and looks for a newer one behind the answers. Private fields, so that neither
 * `inspect` nor `JSON.stringify` shows a key or a token.
 */
export class BrokerCredential implements TokenCredential {
  readonly #settings: Settings
  #held: HeldToken | undefined
  /** A flight leaves an outcome only while it is this one: forgetting it is enough to keep it from storing. */
  #flight: Flight<HeldToken> | undefined
  /** What a resource refused last: by whom it was reported, and until when the same report changes nothing. */
  #rejected: { readonly by: string; readonly until: number } | undefined
  /** Goes with requests until one of them brings a token. */
  #rejectedSha256: string | undefined
  #backOff = firstBackOff
  /** Monotonic milliseconds: before that nothing is asked behind the answers. */
  #quietUntil = 0
  /** A failure that named a time, and the time: until then it is the answer, and the broker is left in peace. */
  #refusal: { readonly error: BrokerError; readonly until: number } | undefined

  constructor(options: BrokerCredentialOptions) {
    this.#settings = readOptions(options)
  }

  /**
   * `scopes` are the SDK's and only checked: what the broker is asked for was said to the constructor. Rejects with a
   * BrokerError, or an AbortError when the signal aborts.
   */
  async getToken(
    scopes: string | readonly string[],
    { abortSignal, claims, tenantId }: GetTokenOptions = {},
  ): Promise<AccessToken> {
    this.#checkTenant(tenantId)
    if (abortSignal?.aborted) throw aborted()
    if (claims !== undefined && this.#held !== undefined) this.#reject(claims, this.#held)
    const held = this.#current() ?? (await (this.#flight ?? this.#ask()).join(abortSignal))
    checkResource(scopes, held.resource)
    return { ...held.access }
  }

  /**
   * A resource answered 401 to this token: the next getToken has the broker look for a new one. Of all who report
   * the same token only the first counts, for half a minute; a token that was replaced since counts for nothing.
   */
  reportRejected(token: string): void {
    if (this.#held?.access.token === token) this.#reject(token, this.#held)
  }

  /** A claims challenge rejects what was shown without quoting it, so the challenge itself tells repetitions. */
  #reject(by: string, held: HeldToken): void {
    const now = this.#settings.platform.monotonic()
    if (this.#rejected?.by === by && now < this.#rejected.until) return
    this.#rejected = { by, until: now + rejectionPause }
    this.#rejectedSha256 = createHash('sha256').update(held.access.token).digest('hex')
    this.#held = undefined
    // What is under way may bring the rejected token again.
    this.#flight = undefined
  }

  #checkTenant(tenantId: string | undefined): void {
    const { tenant } = this.#settings.request
    if (tenantId === undefined || tenantId.toLowerCase() === tenant.toLowerCase()) return
    throw clientError(
      'other_tenant',
      `The SDK wants a token of the tenant "${tenantId}", and this credential is for "${tenant}".`,
      "Make a BrokerCredential for each tenant, with the directory's GUID as `tenant` where an SDK names it.",
    )
  }

  /** The token that is held, while it is good for use; starts looking for the next one when it is time. */
  #current(): HeldToken | undefined {
    const now = this.#settings.platform.monotonic()
    if (this.#held === undefined || now >= this.#held.usableUntil) return undefined
    if (now >= this.#held.refreshAt && now >= this.#quietUntil && this.#flight === undefined) this.#ask()
    return this.#held
  }

  #ask(): Flight<HeldToken> {
    const refusal = this.#refusal
    if (refusal !== undefined && this.#settings.platform.monotonic() < refusal.until) throw refusal.error
    const flight: Flight<HeldToken> = startFlight(
      (stop) => this.#request(stop, () => this.#flight === flight),
      () => this.#forget(flight),
    )
    this.#flight = flight
    return flight
  }

  /** `mine`: whether this request is still the one whose outcome counts; asked after each wait, and only then. */
  async #request(stop: AbortSignal, mine: () => boolean): Promise<HeldToken> {
    try {
      const answer = await askUntilDeadline(this.#settings, this.#rejectedSha256, stop)
      const held = holdToken(answer, this.#settings.platform)
      if (mine()) this.#land(held)
      return held
    } catch (error) {
      if (mine()) this.#fail(error)
      throw error
    }
  }

  #land(held: HeldToken): void {
    this.#held = held
    this.#flight = undefined
    this.#rejectedSha256 = undefined
    this.#refusal = undefined
    this.#backOff = firstBackOff
    this.#quietUntil = 0
  }

  #fail(error: unknown): void {
    this.#flight = undefined
    const now = this.#settings.platform.monotonic()
    const told = error instanceof BrokerError ? error.retryAfterSeconds : undefined
    if (error instanceof BrokerError && told !== undefined)
      this.#refusal = { error, until: now + told * 1000 }
    this.#quietUntil = now + Math.max(this.#backOff, (told ?? 0) * 1000)
    this.#backOff = Math.min(this.#backOff * 2, longestBackOff)
  }

  #forget(flight: Flight<HeldToken>): void {
    if (this.#flight === flight) this.#flight = undefined
  }
}
