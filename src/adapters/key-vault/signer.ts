import {
  constants,
  createPrivateKey,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
  X509Certificate,
} from 'node:crypto'
import type { Proof } from '../../broker/credential-ports.ts'
import type { SigningAlgorithm } from '../../domain/application.ts'
import type { PublicCertificate } from '../../domain/credential.ts'
import { ok } from '../../domain/result.ts'
import { thumbprintSha256 } from '../x509/bundle.ts'

/**
 * A signer from a secret's PEM, with the key parsed once. Undefined where the secret does not hold the
 * certificate that the registry expects, or a key that is not that certificate's: signing with it would only be
 * refused by Entra later, with a less helpful error.
 */
export function createSigner(pem: string, certificate: PublicCertificate): Proof | undefined {
  const key = readKey(pem, certificate)
  if (key === undefined) return undefined
  return {
    kind: 'signature',
    remote: false,
    sign: async (alg, data) => ok(await signOnThreadPool(alg, data, key)),
  }
}

function readKey(pem: string, expected: PublicCertificate): KeyObject | undefined {
  try {
    const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')))
    const key = createPrivateKey(pem)
    return thumbprintSha256(certificate) === expected.thumbprintSha256 && certificate.checkPrivateKey(key)
      ? key
      : undefined
  } catch {
    return undefined
  }
}

/** RFC 7518 §3.5 for PS256: MGF1 with SHA-256 and a salt as long as the hash. */
export const paddings: Record<SigningAlgorithm, Omit<SignKeyObjectInput, 'key'>> = {
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  RS256: { padding: constants.RSA_PKCS1_PADDING },
}

function signOnThreadPool(alg: SigningAlgorithm, data: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', data, { key, ...paddings[alg] }, (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    )
  })
}
