import type { Application } from '../domain/application.ts'
import { flat } from '../domain/flat.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { TokenFacts } from '../domain/token.ts'

/**
 * What the reply and the audit line both say of a token, as members of JSON, with a comma before them. Ids are of
 * alphabets that JSON takes as they are.
 */
export function describeIssued(
  { id: tenant }: Tenant,
  { id: application }: Application,
  { expiresAtUnix }: TokenFacts,
): string {
  return flat`,"tenant":"${tenant}","application":"${application}","expires_at":${expiresAtUnix}`
}
