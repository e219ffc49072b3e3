import { X509Certificate } from 'node:crypto'
import type { CertificateMaterial } from '../../../src/broker/credential-ports.ts'
import { type MadeCertificate, makeCertificate, pemOf } from './make-certificate.ts'
import { makePair, type Openssl } from './openssl.ts'

/** One that must be refused, saying something like this. */
export interface Hostile {
  readonly name: string
  readonly material: CertificateMaterial
  readonly detail: RegExp
}

export const password = 'c0rrect-horse'
export const otherPassword = 'wr0ng-horse'

/** Certificates and keys to make something wrong of; `made` and `other` are good. */
export interface Cast {
  readonly openssl: Openssl
  readonly made: MadeCertificate
  readonly other: MadeCertificate
  readonly small: MadeCertificate
  readonly elliptic: MadeCertificate
  /** The private key of `made`. */
  readonly key: string
}

export async function makeCast(openssl: Openssl): Promise<Cast> {
  const [made, other, small, elliptic] = await Promise.all([
    makeCertificate(),
    makeCertificate(),
    makeCertificate({ bits: 1024 }),
    makeCertificate({ algorithm: 'ECDSA' }),
  ])
  const key = pemOf(made.key)
  openssl.write('made.key', key)
  openssl.write('made.crt', made.pem)
  makePair(openssl, 'ed25519', 'ED25519')
  makePair(openssl, 'explicit', 'EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit')
  makePair(openssl, 'pss', 'RSA-PSS')
  return { openssl, made, other, small, elliptic, key }
}

export function pem(
  name: string,
  detail: RegExp,
  certificate: string,
  privateKey: string,
  given?: string,
): Hostile {
  const more = given === undefined ? {} : { password: given }
  return { name, detail, material: { form: 'pem', certificate, privateKey, ...more } }
}

export function pkcs12(name: string, detail: RegExp, bytes: Buffer | string, given?: string): Hostile {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('base64')
  const more = given === undefined ? {} : { password: given }
  return { name, detail, material: { form: 'pkcs12', pkcs12: text, ...more } }
}

export function secret(name: string, detail: RegExp, value: string, contentType?: string): Hostile {
  return { name, detail, material: { form: 'secret', value, contentType } }
}

export function derOf({ pem }: MadeCertificate): Buffer {
  return new X509Certificate(pem).raw
}
