import type { ConsentClaim } from '../domain/consent.ts'
import { createSeal } from './seal.ts'

/** Milliseconds for which the outcome can be looked at. */
const lifetime = 3_600_000

/** Who came back from Microsoft with a consent, and when. It says nothing of whether the consent is there. */
export interface ConsentReceipt {
  readonly claim: ConsentClaim
  /** Unix time in milliseconds, by the clock of the replica that wrote it. */
  readonly startedAt: number
}

export interface ConsentReceipts {
  /** Text of [A-Za-z0-9_.-], good on every replica. */
  issue(receipt: ConsentReceipt): string
  /** Undefined where the text is forged, garbled or an hour old. */
  read(text: string): ConsentReceipt | undefined
}

/** Receipts keep the way back to an outcome without storage. `keys`: to make with, first. */
export function createConsentReceipts(keys: readonly Buffer[], now: () => number): ConsentReceipts {
  const seal = createSeal(keys)
  return {
    issue: ({ claim: { tenantUid, applicationUid, tenantEpoch }, startedAt }) =>
      seal.write([tenantUid, applicationUid, tenantEpoch, startedAt]),
    read(text) {
      const [tenantUid, applicationUid, epoch, time] = seal.read(text, 4) ?? []
      if (tenantUid === undefined || applicationUid === undefined) return undefined
      const startedAt = Number(time)
      if (!(startedAt + lifetime > now())) return undefined
      return { claim: { tenantUid, applicationUid, tenantEpoch: Number(epoch) }, startedAt }
    },
  }
}
