import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import { algorithm, der, integer, sequence, value } from './der-writer.ts'
import { type Cast, derOf, type Hostile, otherPassword, password, pkcs12, secret } from './hostile.ts'
import { nest } from './hostile-pem.ts'
import {
  bag,
  certificateBag,
  encryptedSafe,
  file,
  macData,
  makePkcs12,
  pbes2,
  pbkdf2,
  plainSafe,
  safe,
  salt,
  tripleDes,
} from './make-pkcs12.ts'

const rounds = /more rounds of key derivation/
const damaged = /not PKCS#12 that can be read, or it is damaged/
const sha256 = algorithm('2.16.840.1.101.3.4.2.1')
const data = Buffer.alloc(64)

/** PKCS#12 that is wrong, as it comes from people by mistake. */
export function makeWrongPkcs12({ openssl, made, other, elliptic }: Cast): readonly Hostile[] {
  const certificate = derOf(made)
  const key = made.key.export({ type: 'pkcs8', format: 'der' })
  const ellipticKey = elliptic.key.export({ type: 'pkcs8', format: 'der' })
  openssl.write('made.pem', `${made.key.export({ type: 'pkcs8', format: 'pem' })}${made.pem}`)
  const write = (options: string) => {
    openssl.run(`pkcs12 -export -in made.pem -passout pass:${password} -out made.pfx ${options}`)
    return Buffer.from(openssl.base64('made.pfx'), 'base64')
  }
  const good = write('-iter 1000')
  const flipped = Buffer.from(good)
  flipped.writeUInt8(good.readUInt8(900) ^ 1, 900)
  const keyless = makePkcs12({ keys: [], certificates: [certificate] }).toString('base64')
  const type = 'application/x-pkcs12'
  return [
    pkcs12('another password', /password does not open/, good, otherPassword),
    pkcs12('no password', /has a password, and there is none/, good),
    pkcs12('without a MAC, another password', /password does not open/, write('-nomac'), otherPassword),
    pkcs12('without a MAC, no password', /has a password/, write('-nomac -legacy')),
    pkcs12('cut off', damaged, good.subarray(0, 1500), password),
    pkcs12('a byte changed', /wrong, or the file was changed/, flipped, password),
    pkcs12('no private key', /no private key in the PKCS#12 file/, write('-nokeys'), password),
    pkcs12('a key alone', /no certificate with the private key/, write('-nocerts'), password),
    pkcs12('two keys', /several private keys/, makePkcs12({ keys: [key, key], certificates: [certificate] })),
    pkcs12('a stranger', /does not belong/, makePkcs12({ keys: [key], certificates: [derOf(other)] })),
    pkcs12('EC', /is EC, not RSA/, makePkcs12({ keys: [ellipticKey], certificates: [certificate] })),
    pkcs12('a certificate, not a file', damaged, certificate),
    pkcs12('PEM', /is PEM, not PKCS#12/, made.pem),
    pkcs12('base64url', /not base64/, '_-_-'),
    pkcs12('not base64', /not base64/, 'no base64 at all!'),
    pkcs12('half base64', /not base64/, 'AAAAA'),
    pkcs12('nothing', /not base64/, ''),
    secret('a secret without a key', /no private key in the secret/, keyless, type),
    secret('a secret with a password', /has a password/, good.toString('base64'), type),
    pkcs12('RC4', /128-bit RC4, which is not read/, encrypted(algorithm('1.2.840.113549.1.12.1.1'))),
    pkcs12('a MAC with MD5', /MD5, which is not read/, withMac(algorithm('1.2.840.113549.2.5'))),
  ]
}

/** ASN.1 that is built to break or to block whoever parses it. */
export function makeHostileAsn1(): readonly Hostile[] {
  return [
    pkcs12('more than 64 KiB', /more than 65536 bytes/, Buffer.alloc(65_537)),
    pkcs12('more than 128 Ki characters', /more than 65536 bytes/, ' '.repeat(131_073)),
    pkcs12('64 KiB of nothing', damaged, Buffer.alloc(65_536)),
    pkcs12('64 KiB of anything', damaged, randomBytes(65_536)),
    pkcs12('100,000 levels', /more than 65536 bytes/, nest(100_000)),
    pkcs12('13,000 levels', damaged, nest(13_000)),
    pkcs12('32,000 indefinite levels', damaged, Buffer.from('3080'.repeat(32_000), 'hex')),
    pkcs12('32,000 pieces of pieces', damaged, Buffer.from('2480'.repeat(32_000), 'hex')),
    pkcs12('32,000 values', damaged, sequence(Buffer.alloc(64_000, Buffer.from('0500', 'hex')))),
    pkcs12('a length of 2 GB', damaged, Buffer.from('30847fffffff0000', 'hex')),
    pkcs12('a length of 2⁶⁴', damaged, Buffer.from('3088ffffffffffffffff0000', 'hex')),
    pkcs12('a length of 126 bytes', damaged, Buffer.from(`30fe${'ff'.repeat(126)}`, 'hex')),
    pkcs12('a length beyond its holder', damaged, Buffer.from('300430060201030000', 'hex')),
    pkcs12('tags without end', damaged, Buffer.alloc(60_000, 0xff)),
  ]
}

/** PKCS#12 that is built to take long. */
export function makeCostlyPkcs12(): readonly Hostile[] {
  return [
    pkcs12('10⁹ rounds of the MAC', rounds, withMac(sha256, 1_000_000_000n)),
    pkcs12('2⁶³ rounds of the MAC', rounds, withMac(sha256, 2n ** 63n)),
    pkcs12('less than no rounds of the MAC', rounds, withNegativeRounds()),
    pkcs12('10⁹ rounds of PBKDF2', rounds, encrypted(pbes2(1_000_000_000n))),
    pkcs12('10⁹ rounds of PBES1', rounds, encrypted(tripleDes(1_000_000_000n))),
    pkcs12('10⁹ rounds of PBMAC1', rounds, withMac(pbmac1(1_000_000_000n))),
    pkcs12('many rounds, again and again', rounds, file(sequence(...Array(9).fill(makeCostlySafe())))),
    pkcs12('a PBMAC1 key of 2 GB', /encryption says of itself/, withMac(pbmac1(1n, 0x7fffffffn))),
  ]
}

/** PKCS#12 that holds or is protected by what is not read. */
export function makeStrangePkcs12(): readonly Hostile[] {
  const many = Array.from({ length: 600 }, () => certificateBag(Buffer.from('0500', 'hex')))
  const scrypt = algorithm('1.3.6.1.4.1.11591.4.11', sequence(der.octets(data)))
  const unknown = algorithm(`1.3.${'9.'.repeat(500)}9`)
  const enveloped = safe('1.2.840.113549.1.7.3', der.octets(data))
  return [
    pkcs12('scrypt', /scrypt, which is not read/, encrypted(pbes2(1n, scrypt))),
    pkcs12('an algorithm that nobody knows', /an algorithm that is not known/, encrypted(unknown)),
    pkcs12('1,000 safes in safes', damaged, file(sequence(plainSafe(nestSafes(1000))))),
    pkcs12('600 certificates', /more than 10 cert/, file(sequence(plainSafe(sequence(...many))))),
    pkcs12('under a public key', /public key \(enveloped/, file(sequence(enveloped))),
    pkcs12('signed', /signature \(signedData/, file(data, undefined, der, '1.2.840.113549.1.7.2')),
  ]
}

function encrypted(encryption: Buffer): Buffer {
  return file(sequence(encryptedSafe(encryption, data)))
}

/** An empty one that opens without a password, after 400,000 rounds for each of the two blocks of its key. */
function makeCostlySafe(): Buffer {
  const iv = Buffer.alloc(16)
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync('', salt, 400_000, 32, 'sha1'), iv)
  return encryptedSafe(
    pbes2(400_000n, undefined, iv),
    Buffer.concat([cipher.update(sequence()), cipher.final()]),
  )
}

function withMac(digest: Buffer, count = 1n): Buffer {
  return file(sequence(), macData(digest, Buffer.alloc(32), count))
}

function withNegativeRounds(): Buffer {
  const digest = sequence(sha256, der.octets(Buffer.alloc(32)))
  return file(sequence(), sequence(digest, der.octets(data), value(0x02, Buffer.from('80000000', 'hex'))))
}

function pbmac1(count: bigint, length = 32n): Buffer {
  const hmac = algorithm('1.2.840.113549.2.9')
  return algorithm('1.2.840.113549.1.5.14', sequence(pbkdf2(count, integer(length), hmac), hmac))
}

function nestSafes(levels: number): Buffer {
  let contents = sequence()
  for (let level = 0; level < levels; level += 1) contents = sequence(bag(6, contents))
  return contents
}
