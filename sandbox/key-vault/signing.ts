import { constants, createHash, type KeyObject, privateEncrypt } from 'node:crypto'

/** The DER that names SHA-256 before a digest (RFC 8017, section 9.2, note 1). */
const sha256Name = Buffer.from('3031300d060960864801650304020105000420', 'hex')
const digestSize = 32

export type RsaAlgorithm = 'RS256' | 'PS256'

/**
 * Signs a digest that the caller has made: node's own `sign` insists on hashing, Key Vault never hashes.
 * `salt` has 32 bytes and is used by PS256 alone.
 */
export function signDigest(
  algorithm: RsaAlgorithm,
  key: KeyObject,
  digest: Buffer,
  salt: Uint8Array,
): Buffer {
  if (algorithm === 'RS256') {
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([sha256Name, digest]))
  }
  const modulusBits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encodePss(digest, modulusBits - 1, salt))
}

/** EMSA-PSS-ENCODE of RFC 8017, section 9.1.1, from its step 5 on. */
function encodePss(digest: Buffer, bits: number, salt: Uint8Array): Buffer {
  const hash = sha256(Buffer.alloc(8), digest, salt)
  const block = Buffer.alloc(Math.ceil(bits / 8) - digestSize - 1)
  block[block.length - salt.length - 1] = 1
  block.set(salt, block.length - salt.length)
  const mask = generateMask(hash, block.length)
  for (const [index, byte] of mask.entries()) block[index] = (block[index] ?? 0) ^ byte
  block[0] = (block[0] ?? 0) & (0xff >> (8 * Math.ceil(bits / 8) - bits))
  return Buffer.concat([block, hash, Buffer.from([0xbc])])
}

/** MGF1 of RFC 8017, appendix B.2.1. */
function generateMask(seed: Buffer, size: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0; counter * digestSize < size; counter += 1) {
    const suffix = Buffer.alloc(4)
    suffix.writeUInt32BE(counter)
    blocks.push(sha256(seed, suffix))
  }
  return Buffer.concat(blocks).subarray(0, size)
}

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
