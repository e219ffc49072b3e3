import type { KeyObject } from 'node:crypto'

export interface Canaries {
  /** A secret that is text. */
  addText(name: string, text: string): void
  /** A secret that is bytes. */
  addBytes(name: string, bytes: Buffer): void
  /** A private key: each of its numbers is one too many. */
  addKey(name: string, key: KeyObject): void
  readonly size: number
  /** The names of those of which anything is in these bytes, in whatever encoding. */
  find(bytes: Buffer): readonly string[]
}

interface Needles {
  /** Looked for in the bytes as they are. */
  readonly bytes: readonly Buffer[]
  /** Looked for in the bytes as text, without its line ends. */
  readonly texts: readonly string[]
}

/** Bytes at the beginning and at the end of a secret that are looked for: logs cut what is long. */
const window = 24
const privateNumbers = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const

/** Secrets that must be nowhere, and how to look for them. */
export function createCanaries(): Canaries {
  const needles = new Map<string, Needles>()
  return {
    addText(name, text) {
      const parts = [text.slice(0, window), text.slice(-window)].map((part) => Buffer.from(part))
      const wide = Buffer.from(text, 'utf16le')
      needles.set(name, { bytes: [...parts, wide], texts: parts.flatMap(encodings) })
    },
    addBytes(name, bytes) {
      const parts = [bytes.subarray(0, window), bytes.subarray(-window)]
      needles.set(name, { bytes: parts, texts: parts.flatMap(encodings) })
    },
    addKey(name, key) {
      const jwk = key.export({ format: 'jwk' })
      const bytes = privateNumbers.flatMap((number) => {
        const whole = Buffer.from(String(jwk[number]), 'base64url')
        return [whole.subarray(0, window), whole.subarray(-window)]
      })
      needles.set(name, { bytes, texts: [...bytes.flatMap(encodings), ...linesOf(key).flatMap(base64s)] })
    },
    get size() {
      return needles.size
    },
    find(bytes) {
      const text = plain(bytes.toString('latin1'))
      return [...needles]
        .filter(
          ([, sought]) =>
            sought.bytes.some((part) => bytes.includes(part)) ||
            sought.texts.some((part) => text.includes(part)),
        )
        .map(([name]) => name)
    },
  }
}

/** Base64 in one alphabet, without line ends, which are two characters in JSON and three in forms. */
function plain(text: string): string {
  return text
    .replaceAll(/[\r\n]|(?:\\+[rn])|%0[AD]/g, '')
    .replaceAll(/%[0-9A-F]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
    .replaceAll('-', '+')
    .replaceAll('_', '/')
}

/** A line of each kind of PEM, for where PEM was encoded once more. */
function linesOf(key: KeyObject): Buffer[] {
  return (['pkcs1', 'pkcs8'] as const).map((type) => {
    const lines = String(key.export({ type, format: 'pem' }))
      .trim()
      .split('\n')
    return Buffer.from(String(lines.at(-3)))
  })
}

function encodings(bytes: Buffer): string[] {
  return [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64s(bytes)]
}

/** As it looks within base64 of something longer, which begins at one of three places of four characters. */
function base64s(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
    const whole = padded.subarray(0, padded.length - (padded.length % 3))
    const skipped = offset === 0 ? 0 : 4
    return whole.toString('base64').slice(skipped)
  })
}
