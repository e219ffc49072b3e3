import type { CredentialFailure } from '../../domain/failure.ts'
import type { Result } from '../../domain/result.ts'
import { refuse } from './refusal.ts'
import type { ParsedInteger } from './structures.ts'

/**
 * Rounds of key derivation that one file may ask for in all. A thread inside OpenSSL cannot be stopped, so
 * that this, and not the deadline, is what bounds a hostile file: it is a second of the slowest hash, and a
 * few on a slow machine. An honest file needs far less: PKCS#12 derives three keys, and 600,000 rounds each
 * are the most that is advised.
 */
export const iterationBudget = 2_000_000

export interface IterationBudget {
  /**
   * False, with nothing spent, where more is asked for than is left. Each block of a key costs all rounds.
   */
  spend(iterations: ParsedInteger, blocks: number): boolean
}

export function createIterationBudget(total = iterationBudget): IterationBudget {
  let left = total
  return {
    spend: (iterations, blocks) => {
      const cost = Number(iterations) * blocks
      if (!(Number.isSafeInteger(cost) && cost > 0 && cost <= left)) return false
      left -= cost
      return true
    },
  }
}

export function refuseIterations(): Result<never, CredentialFailure> {
  return refuse(
    'The encryption asks for more rounds of key derivation than are read, or for none.',
    `At most ${iterationBudget} rounds are, in all. Decrypt it first and send it as PEM: ` +
      'openssl pkcs12 -in file.pfx -nodes -out file.pem, or openssl pkey -in key.pem -out plain.pem',
  )
}
