import {
  CertBag,
  id_certBag,
  id_keyBag,
  id_pkcs8ShroudedKeyBag,
  id_SafeContents,
  id_x509Certificate,
  type SafeBag,
  SafeContents,
} from '@peculiar/asn1-pfx'
import { OctetString } from '@peculiar/asn1-schema'
import type { CredentialFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { parseDer, toBuffer } from './der.ts'
import type { IterationBudget } from './iteration-budget.ts'
import type { PasswordForm } from './passwords.ts'
import type { Locked } from './pbe.ts'
import { readEncryptedPkcs8, readPkcs8 } from './read-private-key.ts'
import { refusePkcs12 } from './refusal.ts'
import type { RsaPrivateKey } from './rsa-key.ts'

/** What safes hold, in the order of the file. */
export interface Bags {
  readonly keys: RsaPrivateKey[]
  readonly certificates: Buffer[]
}

type Opened = Result<void, CredentialFailure | Locked>

/**
 * Adds what is in one safe (RFC 7292 §4.2). Bags that nobody needs here, lists of revoked certificates and
 * secrets, are skipped. Safes in safes recurse, no deeper than the parser lets structures be.
 */
export function openBags(
  safe: SafeContents,
  bags: Bags,
  password: PasswordForm,
  budget: IterationBudget,
): Opened {
  for (const bag of safe) {
    const opened = openBag(bag, bags, password, budget)
    if (!opened.ok) return opened
  }
  return ok(undefined)
}

function openBag(bag: SafeBag, bags: Bags, password: PasswordForm, budget: IterationBudget): Opened {
  if (bag.bagId === id_SafeContents) {
    const inner = parseDer(bag.bagValue, SafeContents)
    return inner === undefined ? refusePkcs12() : openBags(inner, bags, password, budget)
  }
  if (bag.bagId === id_certBag) return openCertificate(bag.bagValue, bags)
  if (bag.bagId !== id_keyBag && bag.bagId !== id_pkcs8ShroudedKeyBag) return ok(undefined)
  const bytes = toBuffer(bag.bagValue)
  const key = bag.bagId === id_keyBag ? readPkcs8(bytes) : readEncryptedPkcs8(bytes, password, budget)
  if (!key.ok) return key
  bags.keys.push(key.value)
  return ok(undefined)
}

function openCertificate(value: ArrayBuffer, bags: Bags): Opened {
  const bag = parseDer(value, CertBag)
  const certificate = bag && parseDer(bag.certValue, OctetString)
  if (certificate === undefined) return refusePkcs12()
  if (bag?.certId === id_x509Certificate) bags.certificates.push(toBuffer(certificate.buffer))
  return ok(undefined)
}
