import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { parseDer } from './der.ts'
import type { IterationBudget } from './iteration-budget.ts'
import { type PasswordForm, passwordForms } from './passwords.ts'
import type { Locked } from './pbe.ts'
import { type PemBlock, readPem } from './pem.ts'
import { readEncryptedPkcs8, readPkcs8 } from './read-private-key.ts'
import { refuse, refuseCertificateCount, refuseKeyKind } from './refusal.ts'
import { type RsaPrivateKey, readRsaPrivateKey } from './rsa-key.ts'
import { RsaPrivateNumbers } from './structures.ts'
import { decryptTraditionalKey } from './traditional-key.ts'

/** What people send instead of a certificate. */
const notCertificates = new Map<string, readonly [detail: string, hint: string]>([
  [
    'CERTIFICATE REQUEST',
    ['A certificate signing request is not a certificate.', 'Send the certificate that was issued for it.'],
  ],
  [
    'TRUSTED CERTIFICATE',
    [
      'The certificate is in a form of OpenSSL alone.',
      'To write it as others do: openssl x509 -in trusted.pem -out certificate.pem',
    ],
  ],
  [
    'PKCS7',
    [
      'The certificate is in PKCS#7.',
      'To take it out: openssl pkcs7 -print_certs -in chain.p7b -out certificate.pem',
    ],
  ],
])

/** What people send instead of a private key. */
const notPrivateKeys = new Map<string, readonly [detail: string, hint: string]>([
  ['PUBLIC KEY', ['There is a public key where the private key belongs.', 'Send the private key.']],
  ['CERTIFICATE', ['There is a certificate where the private key belongs.', 'Send the private key.']],
])

/** In the order of the text; blocks that are no certificates are skipped. */
export function readCertificates(text: string): Result<readonly Buffer[], CredentialFailure> {
  const blocks = readPem(text)
  const found = blocks.filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE')
  if (found.length === 0) {
    return refuse(
      ...(findAdvice(blocks, notCertificates) ?? [
        'No certificate can be read from it as PEM.',
        'Give an X.509 certificate as PEM with its line breaks, its chain after it. ' +
          'To turn DER into PEM: openssl x509 -inform DER -in certificate.cer -out certificate.pem',
      ]),
    )
  }
  const fault = refuseCertificateCount(found.length)
  if (fault !== undefined) return fault
  const certificates = found.flatMap(({ content }) => content ?? [])
  if (certificates.length < found.length) return refuseBase64('certificate')
  return ok(certificates)
}

/** How many private keys there are, of whatever kind. */
export function countPrivateKeys(text: string): number {
  return readPem(text).filter(isPrivateKey).length
}

/** The one private key of a text; blocks that are no private keys are skipped. */
export function readPrivateKey(
  text: string,
  password: string | undefined,
  budget: IterationBudget,
): Result<RsaPrivateKey, CredentialFailure> {
  const blocks = readPem(text)
  const [block, ...others] = blocks.filter(isPrivateKey)
  if (block === undefined) {
    return refuse(
      ...(findAdvice(blocks, notPrivateKeys) ?? [
        'No private key can be read from it as PEM.',
        'Give a PKCS#8 or PKCS#1 key as PEM with its line breaks. ' +
          'To turn DER into PEM: openssl pkey -inform DER -in key.der -out key.pem',
      ]),
    )
  }
  if (others.length > 0) {
    return refuse('There are several private keys.', "Send the certificate's own private key alone.")
  }
  if (block.content === undefined) return refuseBase64('private key')
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || block.headers.has('DEK-Info')
  if (!encrypted) return readPlain(block, block.content)
  if (password === undefined) {
    return refuse(
      'The private key is encrypted and there is no password with it.',
      'Send its password, or decrypt it first: openssl pkey -in key.pem -out plain.pem',
    )
  }
  return unlock(block, block.content, password, budget)
}

function unlock(
  block: PemBlock,
  content: Buffer,
  password: string,
  budget: IterationBudget,
): Result<RsaPrivateKey, CredentialFailure> {
  for (const form of passwordForms(password)) {
    const key = readEncrypted(block, content, form, budget)
    if (key.ok) return key
    if (key.failure.code !== 'locked') return fail(key.failure)
  }
  return refuse(
    'The password does not open the private key: it is wrong, or the key was changed.',
    'To try a password: openssl pkey -in key.pem -noout',
  )
}

function readEncrypted(
  block: PemBlock,
  content: Buffer,
  form: PasswordForm,
  budget: IterationBudget,
): Result<RsaPrivateKey, CredentialFailure | Locked> {
  if (block.label === 'ENCRYPTED PRIVATE KEY') return readEncryptedPkcs8(content, form, budget)
  const plain = decryptTraditionalKey(block, content, form.utf8)
  if (!plain.ok) return plain
  if (parseDer(plain.value, RsaPrivateNumbers) === undefined) return fail({ code: 'locked' })
  return readRsaPrivateKey(plain.value)
}

function readPlain({ label }: PemBlock, content: Buffer): Result<RsaPrivateKey, CredentialFailure> {
  if (label === 'PRIVATE KEY') return readPkcs8(content)
  if (label === 'RSA PRIVATE KEY') return readRsaPrivateKey(content)
  if (label === 'OPENSSH PRIVATE KEY') {
    return refuse(
      'The private key is in a form of OpenSSH.',
      'To write it as others do: ssh-keygen -p -m PEM -f key',
    )
  }
  return refuseKeyKind('private key', label.startsWith('EC ') ? 'EC' : undefined)
}

function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY')
}

function findAdvice(
  blocks: readonly PemBlock[],
  advice: ReadonlyMap<string, readonly [string, string]>,
): readonly [string, string] | undefined {
  return [...advice].find(([label]) => blocks.some((block) => block.label.endsWith(label)))?.[1]
}

function refuseBase64(what: string): Result<never, CredentialFailure> {
  return refuse(
    `The ${what} is PEM with something in it that is not base64.`,
    'Send it exactly as it was exported, with its line breaks.',
  )
}
