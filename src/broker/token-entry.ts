import type { Allowance } from './allowance.ts'
import type { KeptToken } from './token-memory.ts'
import { isRejected, isShort, type TokenNeed } from './token-need.ts'

/** Milliseconds. */
export const forcedInterval = 30_000

/** There are as many as tenants, so what is hardly ever needed is made when it is. */
export interface Entry {
  /** The newest of its target. Undefined once the entry was dropped, so that whoever still has it holds no token. */
  token: KeptToken | undefined
  /** Of the token: each that is stored has another. */
  serial: number
  /** When its target's first token was issued, which may be long ago and by another replica. */
  readonly since: number
  /** Whether it was asked for since it was last passed over. */
  used: boolean
  /** When a renewal behind the answers may start, where that is later than the token says: renewals failed. */
  renewal: Allowance | undefined
  /** When callers may force a new token, for each reason. Kept over renewals, or each would allow the next. */
  forced: Partial<Record<Force, Allowance>> | undefined
}

/** An entry that was not dropped. */
export type Holding = Entry & { readonly token: KeptToken }

export const isHolding = (entry: Entry): entry is Holding => entry.token !== undefined

export type Force = 'rejected' | 'short' | 'roles'

export function newEntry(token: KeptToken, serial: number): Entry {
  return { token, serial, since: token.issuedAt, used: false, renewal: undefined, forced: undefined }
}

export function renew(entry: Entry, token: KeptToken, serial: number): Entry {
  entry.token?.drop()
  entry.token = token
  entry.serial = serial
  entry.used = false
  entry.renewal = undefined
  return entry
}

/** Entries that are looked at for one to drop: it must not take long where all were used. */
const mostLooks = 64

/**
 * Second chance (Corbató, A Paging Experiment with the Multics System, 1968): a Map iterates in the order of
 * insertion, and what was used since it was last passed over goes to the end. So a hit has one flag to set, where
 * a list in the order of use would have to be written.
 */
export function dropOne(entries: Map<string, Entry>): void {
  let looks = 0
  for (const [key, entry] of entries) {
    entries.delete(key)
    looks += 1
    if (!entry.used || looks === mostLooks) {
      entry.token?.drop()
      entry.token = undefined
      return
    }
    entry.used = false
    entries.set(key, entry)
  }
}

export function allowance(entry: Entry, force: Force): Allowance {
  entry.forced ??= {}
  entry.forced[force] ??= { notBefore: forceable(entry, force), interval: forcedInterval }
  return entry.forced[force]
}

/** From when on callers may force a new token for this reason. */
function forceable({ since, forced }: Entry, force: Force): number {
  const allowed = forced?.[force]
  if (allowed !== undefined) return allowed.notBefore
  return force === 'roles' ? since + forcedInterval : Number.NEGATIVE_INFINITY
}

/** Why this need forces a new token although one is held; undefined where it does not, or not again so soon. */
export function forcedBy(
  entry: Entry,
  token: KeptToken,
  need: TokenNeed,
  now: number,
): 'rejected' | 'short' | undefined {
  // Read only where somebody asks: nearly nobody does, and every hit comes by here.
  const isAsked = need.rejectedSha256 !== undefined && now >= forceable(entry, 'rejected')
  if (isAsked && isRejected({ value: token.read() }, need)) return 'rejected'
  return now >= forceable(entry, 'short') && isShort(token, need, now) ? 'short' : undefined
}
