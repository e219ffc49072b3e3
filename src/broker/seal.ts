import { createHmac, timingSafeEqual } from 'node:crypto'

/** Texts of [A-Za-z0-9_.-] that only this broker can have written, and that need no storage. */
export interface Seal {
  /** `parts` hold no full stop. */
  write(parts: readonly (string | number)[]): string
  /** The parts again, as many as there must be; undefined where the text is forged or garbled. */
  read(text: string, count: number): readonly string[] | undefined
}

/** An HMAC-SHA-256 over the parts. `keys`: of one purpose; the first one writes, each is good for reading. */
export function createSeal(keys: readonly Buffer[]): Seal {
  const mac = (key: Buffer, payload: string) => createHmac('sha256', key).update(payload).digest('base64url')
  return {
    write(parts) {
      const [key] = keys
      if (key === undefined) throw new Error('there is no key to seal with')
      const payload = parts.join('.')
      return `${payload}.${mac(key, payload)}`
    },
    read(text, count) {
      const parts = text.split('.')
      if (parts.length !== count + 1) return undefined
      const payload = parts.slice(0, count)
      // The texts are compared: several texts of base64url stand for the same bytes.
      const given = Buffer.from(parts[count] ?? '')
      const isGenuine = keys.some((key) => {
        const expected = Buffer.from(mac(key, payload.join('.')))
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
      return isGenuine ? payload : undefined
    },
  }
}
