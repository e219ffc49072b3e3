import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, type Result } from '../../domain/result.ts'
import { nameAlgorithm } from './algorithms.ts'

/** Says what is wrong and what to do next. Nothing of the material may be in either. */
export function refuse(detail: string, hint: string): Result<never, CredentialFailure> {
  return fail({ code: 'certificate_refused', detail, hint })
}

export function refuseAlgorithm(algorithm: string): Result<never, CredentialFailure> {
  return refuse(
    `It is protected with ${nameAlgorithm(algorithm)}, which is not read.`,
    'Decrypt it first and send it as PEM, or encrypt it with AES-256 and PBKDF2: ' +
      'openssl pkcs12 -in file.pfx -nodes -out file.pem, or openssl pkey -in key.pem -out plain.pem',
  )
}

export function refuseParameters(): Result<never, CredentialFailure> {
  return refuse(
    'What its encryption says of itself cannot be read.',
    'The file may be damaged. Export it again from where it came from.',
  )
}

export const howToMakeOne =
  'To make a certificate: openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj "/CN=my-application" ' +
  '-keyout key.pem -out certificate.pem'

export function refuseKeyKind(
  what: string,
  kind = 'of a kind that is not known here',
): Result<never, CredentialFailure> {
  return refuse(
    `The ${what} is ${kind}, not RSA.`,
    `Entra takes application assertions signed with RSA keys alone. ${howToMakeOne}`,
  )
}

/** A leaf and its chain; more is not a certificate that somebody uses. */
const mostCertificates = 10

export function refuseCertificateCount(count: number): Result<never, CredentialFailure> | undefined {
  if (count <= mostCertificates) return undefined
  return refuse(
    `There are more than ${mostCertificates} certificates.`,
    'Send the certificate and its chain, without other certificates.',
  )
}

/** Of a whole file, or of a part in it. */
export function refusePkcs12(): Result<never, CredentialFailure> {
  return refuse(
    'It is not PKCS#12 that can be read, or it is damaged.',
    'Send a .pfx or .p12 file as base64: base64 -w0 file.pfx. ' +
      'To look into it: openssl pkcs12 -in file.pfx -noout -info',
  )
}
