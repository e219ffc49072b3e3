import { hkdfSync } from 'node:crypto'

const shortest = 32

/** The broker's own secrets: what is made now uses the current one, what was made before may use the previous. */
export interface BrokerSecret {
  readonly current: Buffer
  readonly previous?: Buffer
}

/** What keys are derived for. One key a purpose, so that no value made for one can pass for another. */
export type Purpose = 'consent-ticket' | 'page-token' | 'shared-token-name' | 'shared-token-seal'

/**
 * Reads a secret file: the current secret in the first line, the previous one, if any, in the second; base64 or
 * plain text of at least 32 bytes each. Undefined where the file says anything else.
 */
export function parseBrokerSecret(text: string): BrokerSecret | undefined {
  const [current, previous, ...rest] = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (current === undefined || rest.length > 0) return undefined
  if (Buffer.byteLength(current) < shortest) return undefined
  if (previous === undefined) return { current: Buffer.from(current) }
  if (Buffer.byteLength(previous) < shortest) return undefined
  return { current: Buffer.from(current), previous: Buffer.from(previous) }
}

/** HKDF-SHA-256 (RFC 5869), the key to make with first. */
export function deriveKeys(secret: BrokerSecret, purpose: Purpose): readonly Buffer[] {
  return [secret.current, secret.previous]
    .filter((key) => key !== undefined)
    .map((key) => Buffer.from(hkdfSync('sha256', key, '', `graph-token-broker ${purpose}`, 32)))
}
