import type { ConsentClaim } from '../domain/consent.ts'
import { createSeal } from './seal.ts'

const day = 86_400
/** Days that a link works: administrators read their mail on Mondays. */
const lifetimeDays = 7

export interface ConsentTickets {
  /** Text of [A-Za-z0-9_.-]; the same all day long, so that the same refusal always shows the same link. */
  issue(claim: ConsentClaim): string
  /** Undefined where the text is forged, garbled or expired. */
  read(text: string): ConsentClaim | undefined
}

/** What consent links end in. `keys`: to make with, first. */
export function createConsentTickets(keys: readonly Buffer[], now: () => number): ConsentTickets {
  const seal = createSeal(keys)
  const seconds = () => Math.floor(now() / 1000)

  return {
    issue({ tenantUid, applicationUid, tenantEpoch }) {
      const expires = (Math.floor(seconds() / day) + lifetimeDays + 1) * day
      return seal.write([tenantUid, applicationUid, tenantEpoch, expires])
    },
    read(text) {
      const [tenantUid, applicationUid, epoch, expires] = seal.read(text, 4) ?? []
      if (tenantUid === undefined || applicationUid === undefined) return undefined
      if (!(Number(expires) > seconds())) return undefined
      return { tenantUid, applicationUid, tenantEpoch: Number(epoch) }
    },
  }
}
