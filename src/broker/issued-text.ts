import { flat } from '../domain/flat.ts'
import type { IssuedToken } from './offer-token.ts'

/** A hit is answered with the very same object each time, so this is put together once for each token. */
const texts = new WeakMap<IssuedToken, string>()

/**
 * What the reply and the audit line both say of a token, as members of JSON, with a comma before them. Ids are of
 * alphabets that JSON takes as they are.
 */
export function issuedText(issued: IssuedToken): string {
  const known = texts.get(issued)
  if (known !== undefined) return known
  const { tenant, application, token } = issued
  const text = flat`,"tenant":"${tenant.id}","application":"${application.id}","expires_at":${token.expiresAtUnix}`
  texts.set(issued, text)
  return text
}
