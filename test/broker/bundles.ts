import type { CertificateBundle, Certificates } from '../../src/broker/credential-ports.ts'
import type { CertificateRefusal } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { sha256 } from './fixture.ts'

/** Stands in for a private key: wherever it turns up outside the vault, a secret has leaked. */
export const privateKeyCanary = '-----BEGIN PRIVATE KEY-----\nprivate-key-canary\n-----END PRIVATE KEY-----\n'

export const refusal: CertificateRefusal = {
  code: 'certificate_refused',
  detail: 'Broken.',
  hint: 'Mend it.',
}

export function bundleNamed(name: string): CertificateBundle {
  return {
    privateKeyPem: privateKeyCanary,
    certificatePem: `-----BEGIN CERTIFICATE-----\n${sha256(name)}\n-----END CERTIFICATE-----\n`,
    thumbprintSha1: sha256(name).slice(0, 40).toUpperCase(),
    thumbprintSha256: Buffer.from(sha256(name), 'hex').toString('base64url'),
    notBefore: '2026-11-20T11:55:00.000Z',
    expiresAt: '2027-11-20T12:00:00.000Z',
  }
}

export function publicPartNamed(name: string) {
  const { privateKeyPem: _, ...publicPart } = bundleNamed(name)
  return publicPart
}

/** Names each bundle by what it was read from, and takes everything that does not say `broken`. */
export const certificates: Certificates = {
  generate: async (order) => bundleNamed(order.subject),
  async read(material) {
    const name = material.form === 'pem' ? material.certificate : textOf(material)
    return name.includes('broken') ? fail(refusal) : ok(bundleNamed(name))
  },
  readPublic: async (pem) => (pem.includes('broken') ? fail(refusal) : ok(publicPartNamed(pem))),
}

function textOf(material: { form: 'pkcs12'; pkcs12: string } | { form: 'secret'; value: string }): string {
  return material.form === 'secret' ? material.value : Buffer.from(material.pkcs12, 'base64').toString()
}
