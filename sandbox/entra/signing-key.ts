import 'reflect-metadata'
import { createHash, KeyObject, webcrypto } from 'node:crypto'
import { X509CertificateGenerator } from '@peculiar/x509'

export interface SigningKey {
  /** As Entra's: the SHA-1 thumbprint of its certificate, base64url. */
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

/** The RSA key of all access tokens, new with each start. */
export async function createSigningKey(now: number): Promise<SigningKey> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const year = 365 * 24 * 60 * 60 * 1000
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=accounts.accesscontrol.windows.net',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(now),
    notAfter: new Date(now + 5 * year),
  })
  const der = Buffer.from(certificate.rawData)
  const kid = createHash('sha1').update(der).digest('base64url')
  const publicKey = KeyObject.from(keys.publicKey)
  const { kty, n, e } = publicKey.export({ format: 'jwk' })
  return {
    kid,
    privateKey: KeyObject.from(keys.privateKey),
    publicKey,
    jwk: { kty, use: 'sig', kid, x5t: kid, n, e, x5c: [der.toString('base64')] },
  }
}
