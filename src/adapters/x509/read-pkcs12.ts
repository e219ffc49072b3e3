import type { ContentInfo } from '@peculiar/asn1-cms'
import { AuthenticatedSafe, PFX, SafeContents } from '@peculiar/asn1-pfx'
import { OctetString } from '@peculiar/asn1-schema'
import type { CredentialFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { oid } from './algorithms.ts'
import { parseDer, toBuffer } from './der.ts'
import type { IterationBudget } from './iteration-budget.ts'
import { type PasswordForm, passwordForms } from './passwords.ts'
import { decryptWithPassword, type Locked } from './pbe.ts'
import { type Bags, openBags } from './pkcs12-bags.ts'
import { checkMac } from './pkcs12-mac.ts'
import { refuse, refuseAlgorithm, refuseCertificateCount, refusePkcs12 } from './refusal.ts'
import type { RsaPrivateKey } from './rsa-key.ts'
import { EncryptedData } from './structures.ts'

export interface Pkcs12Parts {
  /** Undefined where there is none. */
  readonly key: RsaPrivateKey | undefined
  readonly certificates: readonly Buffer[]
}

/** PKCS#12 (RFC 7292) under a password. */
export function readPkcs12(
  der: Buffer,
  password: string | undefined,
  budget: IterationBudget,
): Result<Pkcs12Parts, CredentialFailure> {
  const pfx = parseDer(der, PFX)
  if (pfx === undefined) return refusePkcs12()
  const { contentType } = pfx.authSafe
  if (contentType !== oid.data) return refuseAlgorithm(contentType)
  const content = readOctets(pfx.authSafe.content)
  if (content === undefined) return refusePkcs12()
  for (const form of passwordForms(password)) {
    const opened = open(pfx, content, form, budget)
    if (opened.ok) return choose(opened.value)
    if (opened.failure.code !== 'locked') return fail(opened.failure)
  }
  if (password === undefined || password === '') {
    return refuse(
      'The PKCS#12 file has a password, and there is none with it.',
      'Send its password. Or write it as PEM, and send it: openssl pkcs12 -in file.pfx -nodes -out file.pem',
    )
  }
  return refuse(
    'The password does not open the PKCS#12 file: it is wrong, or the file was changed.',
    'To try a password: openssl pkcs12 -in file.pfx -noout (with -legacy for old files). ' +
      'The private key in it must have the same password.',
  )
}

function open(
  pfx: PFX,
  content: Buffer,
  password: PasswordForm,
  budget: IterationBudget,
): Result<Bags, CredentialFailure | Locked> {
  const mac = checkMac(pfx.macData, content, password, budget)
  if (!mac.ok) return mac
  if (!mac.value) return fail({ code: 'locked' })
  const safes = parseDer(content, AuthenticatedSafe)
  if (safes === undefined) return refusePkcs12()
  const bags: Bags = { keys: [], certificates: [] }
  for (const safe of safes) {
    const contents = openSafe(safe, password, budget)
    if (!contents.ok) return contents
    const added = openBags(contents.value, bags, password, budget)
    if (!added.ok) return added
  }
  return ok(bags)
}

/** RFC 7292 §4.1 */
function openSafe(
  { contentType, content }: ContentInfo,
  password: PasswordForm,
  budget: IterationBudget,
): Result<SafeContents, CredentialFailure | Locked> {
  if (contentType === oid.data) {
    const plain = readOctets(content)
    const contents = plain && parseDer(plain, SafeContents)
    return contents === undefined ? refusePkcs12() : ok(contents)
  }
  if (contentType !== oid.encryptedData) return refuseAlgorithm(contentType)
  const encrypted = parseDer(content, EncryptedData)?.content
  const pieces = encrypted?.encryptedContent?.constructedValue ?? [encrypted?.encryptedContent?.value]
  const data = pieces.flatMap((piece) => (piece === undefined ? [] : toBuffer(piece.buffer)))
  if (encrypted === undefined || data.length === 0) return refusePkcs12()
  const algorithm = encrypted.contentEncryptionAlgorithm
  const plain = decryptWithPassword(algorithm, Buffer.concat(data), password, budget)
  if (!plain.ok) return plain
  // A wrong password leaves right padding once in 256 times, and then nothing that can be parsed.
  const contents = parseDer(plain.value, SafeContents)
  return contents === undefined ? fail({ code: 'locked' }) : ok(contents)
}

function choose({ keys, certificates }: Bags): Result<Pkcs12Parts, CredentialFailure> {
  if (keys.length > 1) {
    return refuse(
      'There are several private keys in the PKCS#12 file.',
      "Export the certificate's own private key alone.",
    )
  }
  return refuseCertificateCount(certificates.length) ?? ok({ key: keys[0], certificates })
}

function readOctets(bytes: ArrayBuffer): Buffer | undefined {
  const octets = parseDer(bytes, OctetString)
  return octets && toBuffer(octets.buffer)
}
