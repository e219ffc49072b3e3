import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  Extension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

export interface MadeCertificate {
  readonly certificate: X509Certificate
  readonly pem: string
  readonly key: KeyObject
  readonly keys: webcrypto.CryptoKeyPair
}

export interface CertificateWish {
  readonly algorithm?: 'RSASSA-PKCS1-v1_5' | 'ECDSA'
  readonly bits?: number
  /** Days from now. */
  readonly from?: number
  readonly to?: number
  readonly issuer?: MadeCertificate
  /** Bytes of an extension that nobody asked for. */
  readonly padding?: number
}

const day = 86_400_000

/** A certificate and key as people make them elsewhere, good ones and bad ones. */
export async function makeCertificate(wish: CertificateWish = {}): Promise<MadeCertificate> {
  const { algorithm = 'RSASSA-PKCS1-v1_5', bits = 2048, from = -1, to = 90, issuer, padding = 0 } = wish
  const keys = await generateKeys(algorithm, bits)
  const signingAlgorithm = { name: issuer?.keys.privateKey.algorithm.name ?? algorithm, hash: 'SHA-256' }
  const common = {
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + to * day),
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true),
      ...(padding === 0 ? [] : [new Extension('1.3.6.1.4.1.99999.1', false, new Uint8Array(padding))]),
    ],
  }
  const certificate =
    issuer === undefined
      ? await X509CertificateGenerator.createSelfSigned({ ...common, name: 'CN=made', keys })
      : await X509CertificateGenerator.create({
          ...common,
          subject: 'CN=made',
          issuer: issuer.certificate.subject,
          publicKey: keys.publicKey,
          signingKey: issuer.keys.privateKey,
        })
  return { certificate, pem: `${certificate.toString('pem')}\n`, key: KeyObject.from(keys.privateKey), keys }
}

function generateKeys(name: 'RSASSA-PKCS1-v1_5' | 'ECDSA', modulusLength: number) {
  const usages = ['sign', 'verify'] as const
  if (name === 'ECDSA') return webcrypto.subtle.generateKey({ name, namedCurve: 'P-256' }, true, usages)
  const rsa = { name, modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
  return webcrypto.subtle.generateKey(rsa, true, usages)
}

export function pemOf(key: KeyObject, type: 'pkcs1' | 'pkcs8' = 'pkcs8'): string {
  return key.export({ type, format: 'pem' }).toString()
}
