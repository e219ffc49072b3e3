import { createHmac, timingSafeEqual } from 'node:crypto'

const day = 86_400
/** Days that a link works: administrators read their mail on Mondays. */
const lifetimeDays = 7

/** What a consent link stands for. It names uids, so a link never passes to a later record of the same id. */
export interface ConsentTicket {
  readonly tenantUid: string
  readonly applicationUid: string
  /** A raised epoch revokes every link made before. */
  readonly tenantEpoch: number
}

export interface ConsentTickets {
  /** Text of [A-Za-z0-9_.-]; the same all day long, so that the same refusal always shows the same link. */
  issue(ticket: ConsentTicket): string
  /** Undefined where the text is forged, garbled or expired. */
  read(text: string): ConsentTicket | undefined
}

/** Links that need no storage: an HMAC over tenant, application, epoch and expiry. `keys`: to make with, first. */
export function createConsentTickets(keys: readonly Buffer[], now: () => number): ConsentTickets {
  const seal = (key: Buffer, payload: string) => createHmac('sha256', key).update(payload).digest('base64url')
  const seconds = () => Math.floor(now() / 1000)

  return {
    issue({ tenantUid, applicationUid, tenantEpoch }) {
      const [key] = keys
      if (key === undefined) throw new Error('no key to make consent tickets with')
      const expires = (Math.floor(seconds() / day) + lifetimeDays + 1) * day
      const payload = `${tenantUid}.${applicationUid}.${tenantEpoch}.${expires}`
      return `${payload}.${seal(key, payload)}`
    },
    read(text) {
      const parts = text.split('.')
      const [tenantUid, applicationUid, epoch, expires, mac] = parts
      if (parts.length !== 5 || !tenantUid || !applicationUid || !epoch || !expires || !mac) return undefined
      const payload = parts.slice(0, 4).join('.')
      // The texts are compared: several texts of base64url stand for the same bytes.
      const given = Buffer.from(mac)
      const genuine = keys.some((key) => {
        const expected = Buffer.from(seal(key, payload))
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
      if (!genuine || Number(expires) <= seconds()) return undefined
      return { tenantUid, applicationUid, tenantEpoch: Number(epoch) }
    },
  }
}
