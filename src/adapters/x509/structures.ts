import { EncryptedContentInfo } from '@peculiar/asn1-cms'
import { AsnIntegerArrayBufferConverter, AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { oid } from './algorithms.ts'

const integer = { type: AsnPropTypes.Integer }
const largeInteger = { type: AsnPropTypes.Integer, converter: AsnIntegerArrayBufferConverter }
const octets = { type: OctetString }
const algorithm = { type: AlgorithmIdentifier }

/** The parser gives an integer of four bytes or more as text. */
export type ParsedInteger = number | string

/** PBEParameter (RFC 8018 §A.3) and pkcs-12PbeParams (RFC 7292 §C), which are alike. */
export class PbeParameters {
  salt = new OctetString()
  iterations: ParsedInteger = 0
}
declareMembers(PbeParameters, { salt: octets, iterations: integer })

/** RFC 8018 §A.4 */
export class Pbes2Parameters {
  keyDerivation = new AlgorithmIdentifier()
  encryption = new AlgorithmIdentifier()
}
declareMembers(Pbes2Parameters, { keyDerivation: algorithm, encryption: algorithm })

/** RFC 8018 §A.5, with PBMAC1's parameters alike (RFC 9579 §4). */
export class Pbmac1Parameters {
  keyDerivation = new AlgorithmIdentifier()
  mac = new AlgorithmIdentifier()
}
declareMembers(Pbmac1Parameters, { keyDerivation: algorithm, mac: algorithm })

/** RFC 8018 §A.2 */
export class Pbkdf2Parameters {
  salt = new OctetString()
  iterations: ParsedInteger = 0
  keyLength: ParsedInteger | undefined
  prf = new AlgorithmIdentifier({ algorithm: oid.hmacWithSha1 })
}
declareMembers(Pbkdf2Parameters, {
  salt: octets,
  iterations: integer,
  keyLength: { ...integer, optional: true },
  prf: { ...algorithm, optional: true },
})

/** RFC 5652 §8 */
export class EncryptedData {
  version: ParsedInteger = 0
  content = new EncryptedContentInfo()
}
declareMembers(EncryptedData, { version: integer, content: { type: EncryptedContentInfo } })

/** RFC 8017 §A.1.1 */
export class RsaPublicNumbers {
  modulus = new ArrayBuffer(0)
  publicExponent = new ArrayBuffer(0)
}
declareMembers(RsaPublicNumbers, { modulus: largeInteger, publicExponent: largeInteger })

/** RFC 8017 §A.1.2; of two primes, so that there are no others at its end. */
export class RsaPrivateNumbers {
  version: ParsedInteger = 0
  n = new ArrayBuffer(0)
  e = new ArrayBuffer(0)
  d = new ArrayBuffer(0)
  p = new ArrayBuffer(0)
  q = new ArrayBuffer(0)
  dp = new ArrayBuffer(0)
  dq = new ArrayBuffer(0)
  qi = new ArrayBuffer(0)
}
declareMembers(RsaPrivateNumbers, {
  version: integer,
  n: largeInteger,
  e: largeInteger,
  d: largeInteger,
  p: largeInteger,
  q: largeInteger,
  dp: largeInteger,
  dq: largeInteger,
  qi: largeInteger,
})

/** What decorators would say, which type stripping leaves out. */
function declareMembers(
  type: new () => object,
  members: Readonly<Record<string, Parameters<typeof AsnProp>[0]>>,
): void {
  for (const [name, options] of Object.entries(members)) AsnProp(options)(type.prototype, name)
}
