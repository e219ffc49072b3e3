/**
 * Values by text, of the texts that were asked for last: of `most` at least, of twice as many at most. Two
 * generations take the place of a list of uses, so that finding a value changes nothing, nearly always.
 */
export class RecentTexts<Value extends NonNullable<unknown>> {
  readonly #most: number
  #young = new Map<string, Value>()
  #old: ReadonlyMap<string, Value> = new Map()

  constructor(most: number) {
    this.#most = most
  }

  get(text: string): Value | undefined {
    const young = this.#young.get(text)
    if (young !== undefined) return young
    const old = this.#old.get(text)
    if (old !== undefined) this.set(text, old)
    return old
  }

  set(text: string, value: Value): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(text, value)
  }
}
