import type { AccessToken, TokenFacts } from '../domain/token.ts'

/** Bytes. */
const pageSize = 262_144
/** Bytes. Sizes of slots are multiples of it, so that tokens of about the same length share pages. */
const step = 64

/** As `Buffer.alloc`: bytes that are all zero. */
export type Allocate = (bytes: number) => Buffer

/** A block of memory in slots of one size. */
class Page {
  readonly #bytes: Buffer
  readonly #slotSize: number
  readonly #slots: number
  /** Where free slots begin. */
  readonly #free: number[] = []
  /** The pages of this size that have free slots. */
  readonly #open: Set<Page>

  constructor(slotSize: number, open: Set<Page>, allocate: Allocate) {
    this.#slotSize = slotSize
    this.#slots = Math.max(1, Math.floor(pageSize / slotSize))
    this.#bytes = allocate(this.#slots * slotSize)
    for (let slot = this.#slots - 1; slot >= 0; slot -= 1) this.#free.push(slot * slotSize)
    this.#open = open
    open.add(this)
  }

  /** Where the text begins. */
  write(text: string): number {
    const start = this.#free.pop()
    if (start === undefined) throw new Error('a full page was written to')
    if (this.#free.length === 0) this.#open.delete(this)
    this.#bytes.write(text, start, 'latin1')
    return start
  }

  read(start: number, length: number): string {
    return this.#bytes.toString('latin1', start, start + length)
  }

  /** A page without any token is let go: nothing refers to it any more. */
  erase(start: number): void {
    this.#bytes.fill(0, start, start + this.#slotSize)
    this.#free.push(start)
    if (this.#free.length === this.#slots) this.#open.delete(this)
    else this.#open.add(this)
  }
}

/**
 * A token whose characters are in a slot of its own until it is dropped. Whoever waits for something takes what it
 * needs with it, as text: meanwhile the token may be dropped, and then it cannot be read.
 */
export class KeptToken implements TokenFacts {
  readonly expiresAtUnix: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly refreshAt: number
  readonly roles: readonly string[] | undefined
  readonly uti: string | undefined
  #page: Page | undefined
  readonly #start: number
  readonly #length: number

  constructor(token: AccessToken, page: Page) {
    this.expiresAtUnix = token.expiresAtUnix
    this.issuedAt = token.issuedAt
    this.expiresAt = token.expiresAt
    this.refreshAt = token.refreshAt
    this.roles = token.roles
    this.uti = token.uti
    this.#page = page
    this.#start = page.write(token.value)
    this.#length = token.value.length
  }

  /** Throws where the token was dropped: another one may be in its slot. */
  read(): string {
    if (this.#page === undefined) throw new Error('a token was read after it was dropped')
    return this.#page.read(this.#start, this.#length)
  }

  copy(): AccessToken {
    return { ...this, value: this.read() }
  }

  /** Overwrites its characters. */
  drop(): void {
    this.#page?.erase(this.#start)
    this.#page = undefined
  }
}

/**
 * The characters of the tokens that are held, outside the heap of V8, which would look at each of their pages at each
 * of its collections: a scavenge with 40,000 tokens takes half as long. And it would leave the characters of tokens
 * that were dropped lying about, where these are overwritten. Slots of one size are used again, so that memory stays
 * as it is while tokens are renewed.
 *
 * A slot has one owner, the token that was kept in it, and nobody else knows where it is: what is read is that token
 * or an error, and never another tenant's.
 */
export class TokenMemory {
  readonly #allocate: Allocate
  readonly #open = new Map<number, Set<Page>>()

  constructor(allocate: Allocate) {
    this.#allocate = allocate
  }

  /** The characters of tokens are ASCII (RFC 6750 §2.1): one byte each. */
  keep(token: AccessToken): KeptToken {
    const slotSize = Math.max(1, Math.ceil(token.value.length / step)) * step
    const open = this.#open.get(slotSize) ?? new Set()
    this.#open.set(slotSize, open)
    const [page = new Page(slotSize, open, this.#allocate)] = open
    return new KeptToken(token, page)
  }
}
