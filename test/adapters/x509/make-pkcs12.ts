import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { createIterationBudget } from '../../../src/adapters/x509/iteration-budget.ts'
import { derivePkcs12, type HashName, purpose } from '../../../src/adapters/x509/key-derivation.ts'
import { algorithm, der, integer, objectIdentifier, sequence, type Writer } from './der-writer.ts'

const id = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  bags: '1.2.840.113549.1.12.10.1',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  tripleDes: '1.2.840.113549.1.12.1.3',
  pbkdf2: '1.2.840.113549.1.5.12',
  pbmac1: '1.2.840.113549.1.5.14',
  hmacWithSha256: '1.2.840.113549.2.9',
  sha1: '1.3.14.3.2.26',
}
export const salt = Buffer.from('0102030405060708', 'hex')
const iterations = 2000

export interface Pkcs12Wish {
  /** PKCS#8. */
  readonly keys: readonly Buffer[]
  readonly certificates: readonly Buffer[]
  /** As the derivation takes it: of Key Vault, no octets at all. */
  readonly password?: Buffer
  readonly writer?: Writer
  readonly mac?: 'sha1' | 'none'
}

/**
 * PKCS#12 as Key Vault gives it: 3DES, a MAC with SHA-1, and whatever password; other ways of writing too.
 */
export function makePkcs12(wish: Pkcs12Wish): Buffer {
  const { keys, certificates, password = Buffer.alloc(0), writer = der, mac = 'sha1' } = wish
  const certificateBags = certificates.map((content) => certificateBag(content))
  const keyBags = keys.map((key) => bag(2, sequence(tripleDes(), der.octets(encrypt(key, password)))))
  const content = writer.constructed(
    0x30,
    encryptedSafe(tripleDes(), encrypt(sequence(...certificateBags), password), writer),
    plainSafe(sequence(...keyBags), writer),
  )
  if (mac === 'none') return file(content, undefined, writer)
  const key = derive('sha1', password, purpose.mac, 20)
  return file(content, macData(algorithm(id.sha1), createHmac('sha1', key).update(content).digest()), writer)
}

/** With PBMAC1 (RFC 9579 §4), which OpenSSL writes from 3.4 on. */
export function makePbmac1(bags: readonly Buffer[], password: string, rounds = 2048): Buffer {
  const content = sequence(plainSafe(sequence(...bags)))
  const key = pbkdf2Sync(password, salt, rounds, 32, 'sha256')
  const mac = createHmac('sha256', key).update(content).digest()
  const derivation = pbkdf2(BigInt(rounds), integer(32n), algorithm(id.hmacWithSha256))
  return file(content, macData(algorithm(id.pbmac1, sequence(derivation, algorithm(id.hmacWithSha256))), mac))
}

/** RFC 7292 §4 */
export function file(content: Buffer, mac?: Buffer, writer = der, contentType = id.data): Buffer {
  const safe = writer.constructed(
    0x30,
    objectIdentifier(contentType),
    writer.constructed(0xa0, writer.octets(content)),
  )
  return writer.constructed(0x30, integer(3n), safe, ...(mac === undefined ? [] : [mac]))
}

export function macData(digest: Buffer, mac: Buffer, rounds = BigInt(iterations)): Buffer {
  return sequence(sequence(digest, der.octets(mac)), der.octets(salt), integer(rounds))
}

export function plainSafe(contents: Buffer, writer = der): Buffer {
  return safe(id.data, writer.octets(contents), writer)
}

export function encryptedSafe(encryption: Buffer, encrypted: Buffer, writer = der): Buffer {
  const info = writer.constructed(
    0x30,
    objectIdentifier(id.data),
    encryption,
    writer.implicitOctets(encrypted),
  )
  return safe(id.encryptedData, writer.constructed(0x30, integer(0n), info), writer)
}

export function safe(contentType: string, content: Buffer, writer = der): Buffer {
  return writer.constructed(0x30, objectIdentifier(contentType), writer.constructed(0xa0, content))
}

/** `kind` is 1 for keys, 2 for encrypted keys, 3 for certificates, 6 for safes in safes (RFC 7292 §4.2). */
export function bag(kind: number, content: Buffer): Buffer {
  return sequence(objectIdentifier(`${id.bags}.${kind}`), der.constructed(0xa0, content))
}

export function certificateBag(certificate: Buffer): Buffer {
  const typed = [objectIdentifier(id.x509Certificate), der.constructed(0xa0, der.octets(certificate))]
  return bag(3, sequence(...typed))
}

export function tripleDes(rounds = BigInt(iterations)): Buffer {
  return algorithm(id.tripleDes, sequence(der.octets(salt), integer(rounds)))
}

export function pbes2(rounds: bigint, kdf = pbkdf2(rounds), iv = randomBytes(16)): Buffer {
  const aes = algorithm('2.16.840.1.101.3.4.1.42', der.octets(iv))
  return algorithm('1.2.840.113549.1.5.13', sequence(kdf, aes))
}

export function pbkdf2(rounds: bigint, ...more: readonly Buffer[]): Buffer {
  return algorithm(id.pbkdf2, sequence(der.octets(salt), integer(rounds), ...more))
}

function encrypt(plain: Buffer, password: Buffer): Buffer {
  const key = derive('sha1', password, purpose.encryption, 24)
  const cipher = createCipheriv('des-ede3-cbc', key, derive('sha1', password, purpose.iv, 8))
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

function derive(hash: HashName, password: Buffer, of: 1 | 2 | 3, length: number): Buffer {
  const derived = derivePkcs12(
    { hash, password, salt, iterations, length, purpose: of },
    createIterationBudget(),
  )
  if (!derived.ok) throw new Error(derived.failure.code)
  return derived.value
}
