import type { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { oid } from './algorithms.ts'
import { type Decipher, desDecipher, rc2Decipher } from './decipher.ts'
import { parseDer, toBuffer } from './der.ts'
import type { IterationBudget } from './iteration-budget.ts'
import { derivePbkdf1, derivePkcs12, type HashName, purpose } from './key-derivation.ts'
import type { PasswordForm } from './passwords.ts'
import { choosePbes2 } from './pbes2.ts'
import { refuseAlgorithm, refuseParameters } from './refusal.ts'
import { PbeParameters } from './structures.ts'

/** The password may be a wrong one, or what it protects was changed: the two cannot be told apart. */
export type Locked = { readonly code: 'locked' }

interface Scheme {
  readonly hash: HashName
  /** Bytes. */
  readonly key: number
  readonly decipher: (key: Buffer, iv: Buffer) => Decipher
}

const ivBytes = 8

/** RFC 7292 §C; what Windows and `openssl pkcs12 -legacy` write. */
const pkcs12Schemes = new Map<string, Scheme>([
  ['1.2.840.113549.1.12.1.3', { hash: 'sha1', key: 24, decipher: desDecipher }],
  ['1.2.840.113549.1.12.1.4', { hash: 'sha1', key: 16, decipher: desDecipher }],
  ['1.2.840.113549.1.12.1.5', { hash: 'sha1', key: 16, decipher: rc2Decipher }],
  ['1.2.840.113549.1.12.1.6', { hash: 'sha1', key: 5, decipher: rc2Decipher }],
])

/** PBES1 (RFC 8018 §A.3); OpenSSL before 1.1 encrypted PKCS#8 with the first of them. */
const pbes1Schemes = new Map<string, Scheme>([
  ['1.2.840.113549.1.5.3', { hash: 'md5', key: 8, decipher: desDecipher }],
  ['1.2.840.113549.1.5.6', { hash: 'md5', key: 8, decipher: rc2Decipher }],
  ['1.2.840.113549.1.5.10', { hash: 'sha1', key: 8, decipher: desDecipher }],
  ['1.2.840.113549.1.5.11', { hash: 'sha1', key: 8, decipher: rc2Decipher }],
])

/**
 * Decrypts what a password protects. The cost is known, and paid from the budget, before any work is done.
 */
export function decryptWithPassword(
  algorithm: AlgorithmIdentifier,
  data: Buffer,
  password: PasswordForm,
  budget: IterationBudget,
): Result<Buffer, CredentialFailure | Locked> {
  const decipher = chooseDecipher(algorithm, password, budget)
  if (!decipher.ok) return decipher
  const plain = decipher.value(data)
  return plain === undefined ? fail({ code: 'locked' }) : ok(plain)
}

function chooseDecipher(
  algorithm: AlgorithmIdentifier,
  password: PasswordForm,
  budget: IterationBudget,
): Result<Decipher, CredentialFailure> {
  if (algorithm.algorithm === oid.pbes2) return choosePbes2(algorithm, password, budget)
  const pkcs12 = pkcs12Schemes.get(algorithm.algorithm)
  const scheme = pkcs12 ?? pbes1Schemes.get(algorithm.algorithm)
  if (scheme === undefined) return refuseAlgorithm(algorithm.algorithm)
  const parameters = parseDer(algorithm.parameters ?? Buffer.alloc(0), PbeParameters)
  if (parameters === undefined) return refuseParameters()
  const common = {
    hash: scheme.hash,
    salt: toBuffer(parameters.salt.buffer),
    iterations: parameters.iterations,
  }
  if (pkcs12 === undefined) {
    // RFC 8018 §6.1: the key and the initialization vector are halves of one derivation.
    const both = derivePbkdf1({ ...common, password: password.utf8, length: scheme.key + ivBytes }, budget)
    if (!both.ok) return both
    return ok(scheme.decipher(both.value.subarray(0, scheme.key), both.value.subarray(scheme.key)))
  }
  const derive = { ...common, password: password.bmp }
  const key = derivePkcs12({ ...derive, length: scheme.key, purpose: purpose.encryption }, budget)
  if (!key.ok) return key
  const iv = derivePkcs12({ ...derive, length: ivBytes, purpose: purpose.iv }, budget)
  return iv.ok ? ok(scheme.decipher(key.value, iv.value)) : iv
}
