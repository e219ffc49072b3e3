import type { DialectId } from '../catalogue/dialects.ts'
import type { Authorisation } from './authorise.ts'
import { type Memory, recall, remember } from './remember.ts'

/** Decisions for the same words: of several callers, or in several dialects. */
const mostDecisions = 4

/**
 * What came in the very same words before: one object each time, and it holds what was granted for it. With many
 * tenants a hit waits for memory above all, and this is one wait where a table beside it is four. The decisions are
 * no members, so whatever else extends it can be frozen, and be read as JSON.
 */
export class Words {
  #newest: Memory<string, DialectId, Authorisation> | undefined

  static recall(words: Words, callerId: string, dialect: DialectId): Authorisation | undefined {
    return recall(words.#newest, callerId, dialect)?.value
  }

  static keep(words: Words, callerId: string, dialect: DialectId, authorised: Authorisation): void {
    words.#newest = remember(words.#newest, callerId, dialect, authorised, mostDecisions)
  }

  /** Whether something was granted for them, so that they passed every check of their form. */
  static wereGranted(value: unknown): value is Words {
    return value instanceof Words && value.#newest !== undefined
  }
}
