import type { DialectId } from '../catalogue/dialects.ts'
import { translate } from '../catalogue/translate.ts'
import type { Translation } from '../catalogue/translation.ts'
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
  /** Whether who asks could still sign in: looked at after a wait, for a key may be deleted or expire meanwhile. */
  readonly callerIsKnown?: () => boolean
}

/** The translation of the same scopes is the same object, so what it comes to is worked out once. */
const known = new WeakMap<Translation, Result<Wanted, Failure>>()

/** The permissions of one resource that the scopes stand for. A token is only ever for one resource. */
export function readWanted(request: TokenRequest): Result<Wanted, Failure> {
  const translation = translate(request.dialect, request.scopes)
  const remembered = known.get(translation)
  if (remembered !== undefined) return remembered
  const wanted = toWanted(translation)
  known.set(translation, wanted)
  return wanted
}

function toWanted({ permissions, unmapped }: Translation): Result<Wanted, Failure> {
  if (unmapped.length > 0) return fail({ code: 'unknown_scope', unmapped })
  const [first] = permissions
  if (first === undefined) return fail({ code: 'no_permission_requested' })
  const resources = [...new Set(permissions.map(({ resource }) => resource))]
  if (resources.length > 1) return fail({ code: 'mixed_resources', resources })
  return ok({ resource: first.resource, permissions })
}
