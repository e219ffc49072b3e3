/** Object identifiers that are acted on. */
export const oid = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  ecPublicKey: '1.2.840.10045.2.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  pbmac1: '1.2.840.113549.1.5.14',
  hmacWithSha1: '1.2.840.113549.2.7',
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
} as const

/**
 * Kinds of keys, by the identifiers that they have in certificates and in PKCS#8. To parse one is no work.
 */
const keyKinds = new Map<string, string>([
  [oid.rsaEncryption, 'RSA'],
  ['1.2.840.113549.1.1.10', 'RSASSA-PSS'],
  [oid.ecPublicKey, 'EC'],
  ['1.2.840.10040.4.1', 'DSA'],
  ['1.3.101.110', 'X25519'],
  ['1.3.101.111', 'X448'],
  ['1.3.101.112', 'Ed25519'],
  ['1.3.101.113', 'Ed448'],
  ['2.16.840.1.101.3.4.3.17', 'ML-DSA-44'],
  ['2.16.840.1.101.3.4.3.18', 'ML-DSA-65'],
  ['2.16.840.1.101.3.4.3.19', 'ML-DSA-87'],
])

/** Algorithms that are known and not read. */
const refusedAlgorithms = new Map<string, string>([
  ['1.3.6.1.4.1.11591.4.11', 'scrypt'],
  ['1.2.840.113549.1.5.1', 'MD2 with DES'],
  ['1.2.840.113549.1.5.4', 'MD2 with RC2'],
  ['1.2.840.113549.1.12.1.1', '128-bit RC4'],
  ['1.2.840.113549.1.12.1.2', '40-bit RC4'],
  ['1.3.14.3.2.7', 'DES'],
  ['1.2.840.113549.3.2', 'RC2 with PBES2'],
  ['1.2.840.113549.3.4', 'RC4'],
  ['2.16.840.1.101.3.4.1.6', 'AES-128-GCM'],
  ['2.16.840.1.101.3.4.1.26', 'AES-192-GCM'],
  ['2.16.840.1.101.3.4.1.46', 'AES-256-GCM'],
  ['1.2.392.200011.61.1.1.1.2', 'Camellia-128-CBC'],
  ['1.2.392.200011.61.1.1.1.4', 'Camellia-256-CBC'],
  ['1.2.410.200004.1.4', 'SEED-CBC'],
  ['1.2.840.113549.2.5', 'MD5'],
  ['1.2.840.113549.2.6', 'HMAC-MD5'],
  ['1.2.840.113549.1.7.2', 'a signature (signedData)'],
  ['1.2.840.113549.1.7.3', 'a public key (envelopedData)'],
])

/** Undefined for a kind that nobody told the broker of. */
export function nameKeyKind(algorithm: string): string | undefined {
  return keyKinds.get(algorithm)
}

/** An identifier that is not known is not repeated: it may be anything. */
export function nameAlgorithm(algorithm: string): string {
  return refusedAlgorithms.get(algorithm) ?? 'an algorithm that is not known here'
}
