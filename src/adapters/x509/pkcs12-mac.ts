import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MacData } from '@peculiar/asn1-pfx'
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import type { CredentialFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { oid } from './algorithms.ts'
import { parseDer, toBuffer } from './der.ts'
import type { IterationBudget } from './iteration-budget.ts'
import { derivePbkdf2, derivePkcs12, type HashName, purpose } from './key-derivation.ts'
import type { PasswordForm } from './passwords.ts'
import { hmacHashes, readPbkdf2 } from './pbes2.ts'
import { refuseAlgorithm, refuseParameters } from './refusal.ts'
import { Pbmac1Parameters } from './structures.ts'

const hashes = new Map<string, { readonly hash: HashName; readonly bytes: number }>([
  ['1.3.14.3.2.26', { hash: 'sha1', bytes: 20 }],
  ['2.16.840.1.101.3.4.2.4', { hash: 'sha224', bytes: 28 }],
  ['2.16.840.1.101.3.4.2.1', { hash: 'sha256', bytes: 32 }],
  ['2.16.840.1.101.3.4.2.2', { hash: 'sha384', bytes: 48 }],
  ['2.16.840.1.101.3.4.2.3', { hash: 'sha512', bytes: 64 }],
])
/** Bytes; no hash gives more. */
const longestMacKey = 64

/** Whether the password fits the file (RFC 7292 §5.1, step 4). A file without a MAC fits every password. */
export function checkMac(
  data: MacData,
  content: Buffer,
  password: PasswordForm,
  budget: IterationBudget,
): Result<boolean, CredentialFailure> {
  const { digestAlgorithm, digest } = data.mac
  // What the parser leaves where there is no MAC.
  if (digestAlgorithm.algorithm === '') return ok(true)
  const key =
    digestAlgorithm.algorithm === oid.pbmac1
      ? derivePbmac1Key(digestAlgorithm, password, budget)
      : deriveMacKey(data, password, budget)
  if (!key.ok) return key
  const mac = createHmac(key.value.hash, key.value.key).update(content).digest()
  const expected = toBuffer(digest.buffer)
  return ok(mac.length === expected.length && timingSafeEqual(mac, expected))
}

type MacKey = Result<{ readonly hash: HashName; readonly key: Buffer }, CredentialFailure>

function deriveMacKey(data: MacData, password: PasswordForm, budget: IterationBudget): MacKey {
  const { algorithm } = data.mac.digestAlgorithm
  const found = hashes.get(algorithm)
  if (found === undefined) return refuseAlgorithm(algorithm)
  const { hash, bytes } = found
  const salt = toBuffer(data.macSalt.buffer)
  const derivation = { hash, password: password.bmp, salt, iterations: data.iterations, length: bytes }
  const key = derivePkcs12({ ...derivation, purpose: purpose.mac }, budget)
  return key.ok ? ok({ hash, key: key.value }) : key
}

/** RFC 9579 §4 and §5; the salt and the rounds of MacData itself mean nothing then. */
function derivePbmac1Key(
  algorithm: AlgorithmIdentifier,
  password: PasswordForm,
  budget: IterationBudget,
): MacKey {
  const parameters = parseDer(algorithm.parameters ?? Buffer.alloc(0), Pbmac1Parameters)
  if (parameters === undefined) return refuseParameters()
  const hash = hmacHashes.get(parameters.mac.algorithm)
  if (hash === undefined) return refuseAlgorithm(parameters.mac.algorithm)
  const pbkdf2 = readPbkdf2(parameters.keyDerivation)
  if (!pbkdf2.ok) return pbkdf2
  const { keyLength: length, ...asked } = pbkdf2.value
  if (!(Number.isInteger(length) && length > 0 && length <= longestMacKey)) return refuseParameters()
  const key = derivePbkdf2({ ...asked, password: password.utf8, length }, budget)
  return key.ok ? ok({ hash, key: key.value }) : key
}
