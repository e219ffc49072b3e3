import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Random } from '../../broker/ports.ts'
import type { TokenTarget } from '../../domain/token.ts'

/** Of the names and of what they stand for. Replicas of two releases share nothing unless it is the same. */
const version = 1
const prefix = `gtb:${version}:`
/** Bytes. */
const headerLength = 9
const nonceLength = 12
const tagLength = 16

/** Keys for names and for values, of the current broker secret or of the previous one. */
export interface EntryKeys {
  readonly name: Buffer
  readonly seal: Buffer
}

export interface OpenedEntry {
  readonly text: string
  /** Unix milliseconds, as whoever sealed it had them. */
  readonly until: number
}

/**
 * The name of a target's entry, which tells nothing of the target: an HMAC of its parts, each after its length, so
 * that no two targets make the same bytes. The braces keep entry and lock in one slot of a cluster.
 */
export function nameEntry({ name }: EntryKeys, target: TokenTarget): string {
  const mac = createHmac('sha256', name)
  const { cloud, directoryId, clientId, resource, applicationEpoch, tenantEpoch } = target
  for (const part of [cloud, directoryId, clientId, resource, `${applicationEpoch}`, `${tenantEpoch}`]) {
    const bytes = Buffer.from(part)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    mac.update(length).update(bytes)
  }
  return `${prefix}{${mac.digest('base64url')}}`
}

/**
 * AES-256-GCM. The name, the expiry and the version are authenticated with it, so an entry is good in its own place
 * and for its own time alone. A random nonce of 96 bits lasts for 2^32 entries a key (NIST SP 800-38D §8.3).
 */
export function sealEntry(keys: EntryKeys, name: string, entry: OpenedEntry, random: Random): string {
  const header = Buffer.alloc(headerLength)
  header.writeUInt8(version)
  header.writeBigUInt64BE(BigInt(Math.floor(entry.until)), 1)
  const nonce = random.bytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', keys.seal, nonce, { authTagLength: tagLength })
  cipher.setAAD(Buffer.concat([header, Buffer.from(name)]))
  const body = Buffer.concat([cipher.update(entry.text, 'utf8'), cipher.final()])
  return Buffer.concat([header, nonce, cipher.getAuthTag(), body]).toString('base64')
}

/** Undefined where it was not sealed with these keys, for this name, or is not what was sealed. */
export function openEntry(keys: EntryKeys, name: string, sealed: string): OpenedEntry | undefined {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < headerLength + nonceLength + tagLength || bytes[0] !== version) return undefined
  const header = bytes.subarray(0, headerLength)
  const nonce = bytes.subarray(headerLength, headerLength + nonceLength)
  const tag = bytes.subarray(headerLength + nonceLength, headerLength + nonceLength + tagLength)
  const decipher = createDecipheriv('aes-256-gcm', keys.seal, nonce, { authTagLength: tagLength })
  decipher.setAAD(Buffer.concat([header, Buffer.from(name)]))
  decipher.setAuthTag(tag)
  try {
    const body = bytes.subarray(headerLength + nonceLength + tagLength)
    const text = Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
    return { text, until: Number(header.readBigUInt64BE(1)) }
  } catch {
    return undefined
  }
}
