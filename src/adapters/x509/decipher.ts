import { createDecipheriv } from 'node:crypto'
import { decryptRc2Cbc } from './rc2.ts'

/** Undefined where the padding is wrong, which a wrong password makes it. */
export type Decipher = (data: Buffer) => Buffer | undefined

/** All in CBC mode. Sizes are the cipher's own: a file that names others is not believed. */
export const blockCiphers = {
  'aes-128-cbc': { key: 16, iv: 16 },
  'aes-192-cbc': { key: 24, iv: 16 },
  'aes-256-cbc': { key: 32, iv: 16 },
  'des-ede3-cbc': { key: 24, iv: 8 },
} as const

export type BlockCipherName = keyof typeof blockCiphers

export function blockDecipher(name: BlockCipherName, key: Buffer, iv: Buffer): Decipher {
  return (data) => {
    const decipher = createDecipheriv(name, key, iv)
    try {
      return Buffer.concat([decipher.update(data), decipher.final()])
    } catch {
      return undefined
    }
  }
}

/** Two keys (K1, K2, K1), or DES itself (K1, K1, K1), which OpenSSL 3 has no longer. */
export function desDecipher(key: Buffer, iv: Buffer): Decipher {
  return blockDecipher('des-ede3-cbc', Buffer.concat([key, key, key]).subarray(0, 24), iv)
}

export function rc2Decipher(key: Buffer, iv: Buffer): Decipher {
  return (data) => {
    if (data.length === 0 || data.length % 8 !== 0) return undefined
    const padded = decryptRc2Cbc(key, key.length * 8, iv, data)
    const padding = padded.readUInt8(padded.length - 1)
    // RFC 8018 §6.1.1, step 4
    if (padding < 1 || padding > 8) return undefined
    const end = padded.length - padding
    return padded.subarray(end).every((byte) => byte === padding) ? padded.subarray(0, end) : undefined
  }
}
