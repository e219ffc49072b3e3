import { createHash } from 'node:crypto'

/** Cryptographically strong bytes. */
export type RandomBytes = (length: number) => Buffer

export const guidPattern = '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
const guid = new RegExp(guidPattern)
const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
export const domainPattern = `^(${label}\\.)+${label}$`
const domain = new RegExp(domainPattern)

export function isGuid(text: string): boolean {
  return guid.test(text)
}

export function isDomain(text: string): boolean {
  return text.length <= 253 && domain.test(text)
}

export function newGuid(randomBytes: RandomBytes): string {
  return formatGuid(randomBytes(16))
}

/** The same for the same parts: a service principal keeps its object id over restarts of the sandbox. */
export function derivedGuid(...parts: readonly string[]): string {
  return formatGuid(createHash('sha256').update(parts.join('\n')).digest())
}

/** Version 4, variant 1 (RFC 9562 §5.4), of the first 16 bytes. */
function formatGuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
