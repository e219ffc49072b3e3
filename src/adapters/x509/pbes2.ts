import { OctetString } from '@peculiar/asn1-schema'
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import type { CredentialFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { oid } from './algorithms.ts'
import { type BlockCipherName, blockCiphers, blockDecipher, type Decipher } from './decipher.ts'
import { parseDer, toBuffer } from './der.ts'
import type { IterationBudget } from './iteration-budget.ts'
import { type Derivation, derivePbkdf2, type HashName } from './key-derivation.ts'
import type { PasswordForm } from './passwords.ts'
import { refuseAlgorithm, refuseParameters } from './refusal.ts'
import { Pbes2Parameters, Pbkdf2Parameters } from './structures.ts'

const ciphers = new Map<string, BlockCipherName>([
  ['2.16.840.1.101.3.4.1.2', 'aes-128-cbc'],
  ['2.16.840.1.101.3.4.1.22', 'aes-192-cbc'],
  ['2.16.840.1.101.3.4.1.42', 'aes-256-cbc'],
  ['1.2.840.113549.3.7', 'des-ede3-cbc'],
])

/** RFC 8018 §B.1.2 */
export const hmacHashes: ReadonlyMap<string, HashName> = new Map<string, HashName>([
  [oid.hmacWithSha1, 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
])

/** PBES2 (RFC 8018 §6.2) with PBKDF2. */
export function choosePbes2(
  algorithm: AlgorithmIdentifier,
  password: PasswordForm,
  budget: IterationBudget,
): Result<Decipher, CredentialFailure> {
  const parameters = parseDer(algorithm.parameters ?? Buffer.alloc(0), Pbes2Parameters)
  if (parameters === undefined) return refuseParameters()
  const { keyDerivation, encryption } = parameters
  const cipher = ciphers.get(encryption.algorithm)
  if (cipher === undefined) return refuseAlgorithm(encryption.algorithm)
  const pbkdf2 = readPbkdf2(keyDerivation)
  if (!pbkdf2.ok) return pbkdf2
  const iv = parseDer(encryption.parameters ?? Buffer.alloc(0), OctetString)
  const sizes = blockCiphers[cipher]
  if (iv?.byteLength !== sizes.iv) return refuseParameters()
  const { keyLength: _, ...asked } = pbkdf2.value
  const key = derivePbkdf2({ ...asked, password: password.utf8, length: sizes.key }, budget)
  return key.ok ? ok(blockDecipher(cipher, key.value, toBuffer(iv.buffer))) : key
}

/** The length is what the file says, which is nothing to go by where a cipher has one of its own. */
export function readPbkdf2(
  algorithm: AlgorithmIdentifier,
): Result<Omit<Derivation, 'password' | 'length'> & { readonly keyLength: number }, CredentialFailure> {
  if (algorithm.algorithm !== oid.pbkdf2) return refuseAlgorithm(algorithm.algorithm)
  const parameters = parseDer(algorithm.parameters ?? Buffer.alloc(0), Pbkdf2Parameters)
  if (parameters === undefined) return refuseParameters()
  const { salt, iterations, keyLength, prf } = parameters
  const hash = hmacHashes.get(prf.algorithm)
  if (hash === undefined) return refuseAlgorithm(prf.algorithm)
  return ok({ hash, salt: toBuffer(salt.buffer), iterations, keyLength: Number(keyLength ?? 0) })
}
