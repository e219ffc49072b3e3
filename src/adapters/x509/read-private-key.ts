import { EncryptedPrivateKeyInfo, PrivateKeyInfo } from '@peculiar/asn1-pkcs8'
import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, type Result } from '../../domain/result.ts'
import { nameKeyKind, oid } from './algorithms.ts'
import { parseDer, toBuffer } from './der.ts'
import type { IterationBudget } from './iteration-budget.ts'
import type { PasswordForm } from './passwords.ts'
import { decryptWithPassword, type Locked } from './pbe.ts'
import { refuse, refuseKeyKind } from './refusal.ts'
import { type RsaPrivateKey, readRsaPrivateKey } from './rsa-key.ts'

/** PKCS#8 (RFC 5208 §5). */
export function readPkcs8(der: Buffer): Result<RsaPrivateKey, CredentialFailure> {
  const info = parseDer(der, PrivateKeyInfo)
  if (info === undefined) {
    return refuse(
      'The private key is not PKCS#8 that can be read.',
      'It may be damaged. To check it: openssl pkey -in key.pem -check -noout',
    )
  }
  return readInfo(info)
}

function readInfo({
  privateKeyAlgorithm,
  privateKey,
}: PrivateKeyInfo): Result<RsaPrivateKey, CredentialFailure> {
  const { algorithm } = privateKeyAlgorithm
  if (algorithm !== oid.rsaEncryption) return refuseKeyKind('private key', nameKeyKind(algorithm))
  return readRsaPrivateKey(toBuffer(privateKey.buffer))
}

/** Encrypted PKCS#8 (RFC 5208 §6). OpenSSL never sees it: it would do as many rounds as it asks for. */
export function readEncryptedPkcs8(
  der: Buffer,
  password: PasswordForm,
  budget: IterationBudget,
): Result<RsaPrivateKey, CredentialFailure | Locked> {
  const encrypted = parseDer(der, EncryptedPrivateKeyInfo)
  if (encrypted === undefined) {
    return refuse(
      'The encrypted private key is not PKCS#8 that can be read.',
      'It may be damaged. Export it again from where it came from.',
    )
  }
  const { encryptionAlgorithm, encryptedData } = encrypted
  const plain = decryptWithPassword(encryptionAlgorithm, toBuffer(encryptedData.buffer), password, budget)
  if (!plain.ok) return plain
  // A wrong password leaves right padding once in 256 times, and then nothing that can be parsed.
  const info = parseDer(plain.value, PrivateKeyInfo)
  return info === undefined ? fail({ code: 'locked' }) : readInfo(info)
}
