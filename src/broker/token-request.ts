import type { DialectId } from '../catalogue/dialects.ts'
import { translate } from '../catalogue/translate.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Wanted } from './authorise.ts'

/** What a caller asks for. */
export interface TokenRequest {
  /** A tenant's slug or its directory's GUID. */
  readonly tenant: string
  readonly scopes: readonly string[]
  readonly dialect: DialectId
  readonly minimumValiditySeconds?: number
  readonly rejectedTokenSha256?: string
}

/** The permissions of one resource that the scopes stand for. A token is only ever for one resource. */
export function readWanted(request: TokenRequest): Result<Wanted, Failure> {
  const { permissions, unmapped } = translate(request.dialect, request.scopes)
  if (unmapped.length > 0) return fail({ code: 'unknown_scope', unmapped })
  const [first] = permissions
  if (first === undefined) return fail({ code: 'no_permission_requested' })
  const resources = [...new Set(permissions.map(({ resource }) => resource))]
  if (resources.length > 1) return fail({ code: 'mixed_resources', resources })
  return ok({ resource: first.resource, permissions })
}
