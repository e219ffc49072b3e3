import { createHash } from 'node:crypto'
import type { Random } from './ports.ts'

/** 256 bits that nobody can guess, as text that needs no escaping in URLs and cookies. */
export function drawSecret(random: Random): string {
  return random.bytes(32).toString('base64url')
}

export function isSecret(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

/** How it is kept: whoever reads the database can use none. Without a salt, since there is nothing to guess. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
