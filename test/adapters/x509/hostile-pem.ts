import type { KeyObject } from 'node:crypto'
import { PublicKey, X509CertificateGenerator } from '@peculiar/x509'
import { algorithm, der, integer, sequence, toPem, value } from './der-writer.ts'
import { type Cast, derOf, type Hostile, otherPassword, password, pem, secret } from './hostile.ts'
import { makeCertificate, pemOf } from './make-certificate.ts'
import { pbes2, tripleDes } from './make-pkcs12.ts'

/** Keys and certificates that fit no application, or not each other. */
export async function makeUnfitPairs({
  openssl,
  made,
  other,
  small,
  elliptic,
  key,
}: Cast): Promise<readonly Hostile[]> {
  const [expired, future, backwards] = await Promise.all([
    makeCertificate({ from: -10, to: -1 }),
    makeCertificate({ from: 31, to: 90 }),
    makeCertificate({ from: 5, to: 3 }),
  ])
  const otherKey = pemOf(other.key)
  return [
    pem('a key of another certificate', /does not belong/, made.pem, otherKey),
    pem('a certificate of another key, with an EC key', /certificate's key is EC/, elliptic.pem, key),
    pem('a certificate of another key, too small', /certificate's key has 1024 bits/, small.pem, key),
    pem('RSA of 1024 bits', /key has 1024 bits/, small.pem, pemOf(small.key)),
    pem('EC', /private key is EC, not RSA/, elliptic.pem, pemOf(elliptic.key)),
    pem('EC in its own form', /private key is EC/, made.pem, openssl.run('ec -in explicit.key')),
    pem('Ed25519', /is Ed25519, not RSA/, openssl.text('ed25519.crt'), openssl.text('ed25519.key')),
    pem('RSASSA-PSS', /is RSASSA-PSS, not RSA/, openssl.text('pss.crt'), openssl.text('pss.key')),
    pem('a curve of its own making', /on a curve, that is not known/, openssl.text('explicit.crt'), key),
    pem('expired', /has expired/, expired.pem, pemOf(expired.key)),
    pem('of a far future', /not valid for another 30 days/, future.pem, pemOf(future.key)),
    pem('ending before it begins', /ends before it begins/, backwards.pem, pemOf(backwards.key)),
  ]
}

/** Keys under a password that is not there, is wrong, or protects in a way that is not read. */
export function makeLockedKeys({ openssl, made }: Cast): readonly Hostile[] {
  const encrypted = openssl.run(`pkcs8 -topk8 -in made.key -passout pass:${password}`)
  const traditional = openssl.run(`rsa -in made.key -traditional -aes128 -passout pass:${password}`)
  const scrypt = openssl.run(`pkcs8 -topk8 -scrypt -in made.key -passout pass:${password}`)
  const rfc1421 = (text: string) => traditional.replace(/AES-128-CBC,[0-9A-F]+/, text)
  return [
    pem('encrypted without a password', /encrypted and there is no password/, made.pem, encrypted),
    pem('encrypted, another password', /password does not open/, made.pem, encrypted, otherPassword),
    pem('encrypted, empty password', /password does not open/, made.pem, encrypted, ''),
    pem('old encryption without a password', /there is no password/, made.pem, traditional),
    pem('old encryption, another one', /does not open/, made.pem, traditional, otherPassword),
    pem('old encryption with RC4', /a cipher that is not/, made.pem, rfc1421('RC4,00'), password),
    pem('old encryption without IV', /DEK-Info/, made.pem, rfc1421('AES-128-CBC'), password),
    pem('scrypt', /scrypt, which is not read/, made.pem, scrypt, password),
  ]
}

/** What people send by mistake. */
export function makeWrongPem({ openssl, made, other, key }: Cast): readonly Hostile[] {
  const request = openssl.run('req -new -key made.key -subj /CN=made')
  const bundle = openssl.run('crl2pkcs7 -nocrl -certfile made.crt')
  const publicKey = openssl.run('pkey -in made.key -pubout')
  const keyless = /no private key in the secret/
  return [
    pem('two private keys', /several private keys/, made.pem, `${key}${pemOf(other.key)}`),
    pem('a certificate alone', /There is a certificate where the private key/, made.pem, made.pem),
    pem('a public key', /There is a public key where the private key/, made.pem, publicKey),
    pem('a key of OpenSSH', /OpenSSH/, made.pem, key.replaceAll('PRIVATE', 'OPENSSH PRIVATE')),
    pem('a key for a certificate', /No certificate can be read/, key, key),
    pem('a signing request', /signing request is not a certificate/, request, key),
    pem('a trusted certificate', /OpenSSL alone/, openssl.run('x509 -in made.crt -trustout'), key),
    pem('PKCS#7', /PKCS#7/, bundle, key),
    pem('nothing', /No certificate can be read/, '', ''),
    pem('no key', /No private key can be read/, made.pem, ''),
    pem('a certificate cut off', /No certificate can be read/, made.pem.slice(0, 500), key),
    pem('a key cut off inside', /not PKCS#8/, made.pem, cut(key)),
    pem('a certificate cut off inside', /not X.509/, cut(made.pem), key),
    pem('a letter that is not base64', /not base64/, made.pem.replace('MII', 'M*I'), key),
    pem('a letter that is not base64 in a key', /not base64/, made.pem, key.replace('MII', 'M*I')),
    secret('a secret without a key', keyless, made.pem, 'application/x-pem-file'),
    secret('a secret without a key, of no type', keyless, made.pem),
  ]
}

/** Text that is built to block whoever reads it. */
export async function makeHostilePem({ made, key }: Cast): Promise<readonly Hostile[]> {
  const encrypted = (encryption: Buffer) =>
    toPem('ENCRYPTED PRIVATE KEY', sequence(encryption, der.octets(Buffer.alloc(64))))
  const withKey = (name: string, detail: RegExp, privateKey: string) =>
    pem(name, detail, made.pem, privateKey, password)
  const rounds = /more rounds of key derivation/
  const tiny = toPem('CERTIFICATE', Buffer.alloc(1))
  const large = await certificateOf(2n ** 8191n + 1n)
  return [
    pem('more than 64 KiB of certificate', /more than 65536 bytes/, made.pem.padEnd(65_537), key),
    withKey('more than 64 KiB of key', /more than 65536 bytes/, key.padEnd(65_537)),
    pem('10,000 certificates', /more than 65536 bytes/, tiny.repeat(10_000), key),
    pem('1,000 certificates', /more than 10 certificates/, tiny.repeat(1000), key),
    pem('10,000 beginnings', /No certificate/, '-----BEGIN CERTIFICATE-----\n'.repeat(2300), key),
    withKey('10⁹ rounds of PBKDF2', rounds, encrypted(pbes2(1_000_000_000n))),
    withKey('2⁶³ rounds of PBKDF2', rounds, encrypted(pbes2(2n ** 63n))),
    withKey('no rounds of PBKDF2', rounds, encrypted(pbes2(0n))),
    withKey('10⁹ rounds of PBES1', rounds, encrypted(tripleDes(1_000_000_000n))),
    withKey('rounds without a number', /encryption says of itself/, encrypted(pbes2(1n, pbkdf2Without()))),
    pem('an RSA public key of 8192 bits', /certificate's key has 8192 bits/, large, key),
    pem('an RSA public key with an even modulus', /not X.509/, await certificateOf(2n ** 2047n), key),
    pem('an RSA public exponent of 1', /not X.509/, await certificateOf(2n ** 2047n + 1n, 1n), key),
    pem('deep ASN.1', /not X.509/, toPem('CERTIFICATE', nest(7000)), key),
    pem(
      'bytes after a certificate',
      /not X.509/,
      toPem('CERTIFICATE', Buffer.concat([derOf(made), Buffer.alloc(3)])),
      key,
    ),
  ]
}

/** Keys whose numbers are built to break or to block whoever calculates with them. */
export function makeHostileKeys({ made }: Cast): readonly Hostile[] {
  const numbers = privateNumbers(made.key)
  const broken = /numbers do not fit together/
  const withKey = (name: string, detail: RegExp, change: Partial<typeof numbers>) =>
    pem(name, detail, made.pem, toPkcs1({ ...numbers, ...change }))
  const threePrimes = toPem('RSA PRIVATE KEY', sequence(integer(1n), integer(3n)))
  return [
    withKey('d of 40 KB', broken, { d: 2n ** 350_000n + 1n }),
    withKey('a prime of 40 KB', broken, { p: 2n ** 350_000n + 1n }),
    withKey('an exponent beyond the modulus', broken, { e: numbers.n + 2n }),
    withKey('another d', broken, { d: numbers.d ^ 4n }),
    withKey('a d for one prime alone', broken, { d: numbers.d % (numbers.p - 1n) }),
    withKey('a d for the other prime alone', broken, { d: numbers.d % (numbers.q - 1n) }),
    withKey('another prime', broken, { p: numbers.p ^ 4n }),
    withKey('primes 1 and n', broken, { p: 1n, q: numbers.n }),
    withKey('another exponent of a prime', broken, { dp: numbers.dp ^ 4n }),
    withKey('another coefficient', broken, { qi: numbers.qi ^ 4n }),
    withKey('RSA of 8192 bits', /key has 8192 bits/, { n: 2n ** 8191n + 1n }),
    withKey('a modulus of 40 KB', /key has 350001 bits/, { n: 2n ** 350_000n + 1n }),
    pem('three primes', /two primes/, made.pem, threePrimes),
  ]
}

/** With a public key that nobody has the private one of, signed by another key. */
export async function certificateOf(modulus: bigint, exponent = 65_537n): Promise<string> {
  const issuer = await makeCertificate()
  const publicKey = sequence(integer(modulus), integer(exponent))
  const bits = value(0x03, Buffer.concat([Buffer.alloc(1), publicKey]))
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=made',
    issuer: issuer.certificate.subject,
    publicKey: new PublicKey(sequence(algorithm('1.2.840.113549.1.1.1', value(0x05, Buffer.alloc(0))), bits)),
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  })
  return certificate.toString('pem')
}

/** Sequences in sequences, each as long as it says. */
export function nest(levels: number): Buffer {
  const headers: Buffer[] = []
  for (let length = 0; headers.length < levels; length += 5) {
    headers.push(Buffer.from([0x30, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]))
  }
  return Buffer.concat(headers.reverse())
}

function pbkdf2Without(): Buffer {
  return algorithm('1.2.840.113549.1.5.12', sequence(der.octets(Buffer.alloc(8))))
}

function privateNumbers(key: KeyObject) {
  const jwk = key.export({ format: 'jwk' })
  const number = (text: string | undefined) =>
    BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`)
  const { n, e, d, p, q, dp, dq, qi } = jwk
  return {
    n: number(n),
    e: number(e),
    d: number(d),
    p: number(p),
    q: number(q),
    dp: number(dp),
    dq: number(dq),
    qi: number(qi),
  }
}

function toPkcs1(numbers: ReturnType<typeof privateNumbers>): string {
  return toPem('RSA PRIVATE KEY', sequence(integer(0n), ...Object.values(numbers).map(integer)))
}

function cut(text: string): string {
  const lines = text.trim().split('\n')
  return [...lines.slice(0, 8), lines.at(-1)].join('\n')
}
