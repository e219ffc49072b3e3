import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { CredentialFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { parseDer, toBuffer } from './der.ts'
import { howToMakeOne, refuse } from './refusal.ts'
import { RsaPrivateNumbers, RsaPublicNumbers } from './structures.ts'

export interface RsaPublicKey {
  readonly n: bigint
  readonly e: bigint
}

export interface RsaPrivateKey extends RsaPublicKey {
  readonly d: bigint
  readonly p: bigint
  readonly q: bigint
  readonly dp: bigint
  readonly dq: bigint
  readonly qi: bigint
}

/** PKCS#1 (RFC 8017 §A.1.2). The numbers are bounded and fit together before OpenSSL calculates with them. */
export function readRsaPrivateKey(der: Buffer): Result<RsaPrivateKey, CredentialFailure> {
  const numbers = parseDer(der, RsaPrivateNumbers)
  if (numbers === undefined) {
    return refuse(
      'The private key is not an RSA key of two primes that can be read.',
      'It may be damaged. To check it: openssl pkey -in key.pem -check -noout',
    )
  }
  const key = {
    n: readNumber(numbers.n),
    e: readNumber(numbers.e),
    d: readNumber(numbers.d),
    p: readNumber(numbers.p),
    q: readNumber(numbers.q),
    dp: readNumber(numbers.dp),
    dq: readNumber(numbers.dq),
    qi: readNumber(numbers.qi),
  }
  const fault = judgeSize('private key', key)
  if (fault !== undefined) return fault
  return isSound(key) ? ok(key) : refuseBrokenKey()
}

/** RFC 8017 §A.1.1; undefined also for numbers that no key has (§3.1), which are not calculated with. */
export function readRsaPublicKey(der: ArrayBuffer): RsaPublicKey | undefined {
  const numbers = parseDer(der, RsaPublicNumbers)
  if (numbers === undefined) return undefined
  const [n, e] = [readNumber(numbers.modulus), readNumber(numbers.publicExponent)]
  return n % 2n === 1n && e % 2n === 1n && e > 1n && e < n ? { n, e } : undefined
}

export function judgeSize(what: string, { n }: RsaPublicKey): Result<never, CredentialFailure> | undefined {
  const bits = n.toString(2).length
  if (bits >= 2048 && bits <= 4096) return undefined
  return refuse(`The ${what} has ${bits} bits.`, `Use RSA of 2048, 3072 or 4096 bits. ${howToMakeOne}`)
}

export function refuseBrokenKey(): Result<never, CredentialFailure> {
  return refuse(
    'The private key is broken: its numbers do not fit together.',
    'To check it: openssl pkey -in key.pem -check -noout. Export it again from where it came from.',
  )
}

/** Built from its numbers, so that OpenSSL parses nothing that somebody else wrote. */
export function toKeyObject(key: RsaPrivateKey): KeyObject {
  const { n, e, d, p, q, dp, dq, qi } = key
  const members = Object.entries({ n, e, d, p, q, dp, dq, qi })
  const jwk = Object.fromEntries(members.map(([name, number]) => [name, toBase64url(number)]))
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' })
}

/** Zero, which no number of a key is, for what is negative or nothing. */
function readNumber(bytes: ArrayBuffer): bigint {
  const buffer = toBuffer(bytes)
  if (buffer.length === 0 || buffer.readUInt8(0) >= 0x80) return 0n
  return BigInt(`0x${buffer.toString('hex')}`)
}

/** RFC 8017 §3.2; every number is below the modulus before any is multiplied, so that no prime is 1 either. */
function isSound({ n, e, d, p, q, dp, dq, qi }: RsaPrivateKey): boolean {
  if ([e, d, p, q, dp, dq, qi].some((number) => number < 1n || number >= n)) return false
  return (
    p * q === n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    (e * dp) % (p - 1n) === 1n &&
    (e * dq) % (q - 1n) === 1n &&
    (qi * q) % p === 1n
  )
}

function toBase64url(number: bigint): string {
  const hex = number.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
