import { createHash } from 'node:crypto'
import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { type BlockCipherName, blockCiphers, blockDecipher } from './decipher.ts'
import type { Locked } from './pbe.ts'
import type { PemBlock } from './pem.ts'
import { refuse } from './refusal.ts'

const ciphers = new Map<string | undefined, BlockCipherName>([
  ['AES-128-CBC', 'aes-128-cbc'],
  ['AES-192-CBC', 'aes-192-cbc'],
  ['AES-256-CBC', 'aes-256-cbc'],
  ['DES-EDE3-CBC', 'des-ede3-cbc'],
])
const saltBytes = 8

/** A PKCS#1 key under PEM encryption (RFC 1421 §4.6.1.1), as `openssl rsa -aes256 -traditional` writes it. */
export function decryptTraditionalKey(
  { headers }: PemBlock,
  content: Buffer,
  password: Buffer,
): Result<Buffer, CredentialFailure | Locked> {
  const [name, ivHex = ''] = headers.get('DEK-Info')?.split(',') ?? []
  const cipher = ciphers.get(name)
  if (cipher === undefined) {
    return refuse(
      'The private key is encrypted in an old way with a cipher that is not read.',
      'Decrypt it first: openssl rsa -in key.pem -out plain.pem',
    )
  }
  const { key, iv: ivBytes } = blockCiphers[cipher]
  const iv = Buffer.from(ivHex, 'hex')
  if (iv.length !== ivBytes) {
    return refuse(
      'The private key is encrypted in an old way, and its DEK-Info header cannot be read.',
      'It may be damaged. Export it again from where it came from.',
    )
  }
  const derived = deriveKey(password, iv.subarray(0, saltBytes), key)
  const plain = blockDecipher(cipher, derived, iv)(content)
  return plain === undefined ? fail({ code: 'locked' }) : ok(plain)
}

/** OpenSSL's EVP_BytesToKey: MD5, one round. It is weak, and the only one that these keys have. */
function deriveKey(password: Buffer, salt: Buffer, length: number): Buffer {
  let key: Buffer = Buffer.alloc(0)
  let digest: Buffer = Buffer.alloc(0)
  while (key.length < length) {
    digest = createHash('md5').update(digest).update(password).update(salt).digest()
    key = Buffer.concat([key, digest])
  }
  return key.subarray(0, length)
}
