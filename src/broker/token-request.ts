import type { DialectId } from '../catalogue/dialects.ts'
import { translate } from '../catalogue/translate.ts'
import type { Translation } from '../catalogue/translation.ts'
import type { Failure } from '../domain/failure.ts'
import { RecentTexts } from '../domain/recent-texts.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Wanted } from './authorise.ts'
import { Words } from './words.ts'

/** What a caller asks for. */
export interface TokenRequest {
  /** A tenant's slug or its directory's GUID. */
  readonly tenant: string
  readonly scopes: readonly string[]
  readonly dialect: DialectId
  readonly minimumValiditySeconds?: number | undefined
  readonly rejectedTokenSha256?: string | undefined
  /**
   * The URI of a resource of which all that the caller is granted is wanted, as `.default` says it. `scopes` are then
   * what the audit shows, and nothing else.
   */
  readonly wholeGrantOf?: string
  /** The same each time that it comes in the same words, where these are remembered. */
  readonly words?: Words | undefined
  /** Whether who asks can still sign in: asked again after a wait, for a key may be deleted or expire meanwhile. */
  readonly callerIsKnown?: () => boolean | Promise<boolean>
}

/**
 * Seconds. Microsoft's own clients cache no token that has five minutes or less left, and would ask again for each of
 * their requests; one more for the way.
 */
const leastValidity = 360

/** Characters. */
const longestRemembered = 512

/** A request for all that the caller is granted of a resource; `scope` is how the client said it. */
export type WholeGrantRequest = (
  asked: { readonly tenant: string; readonly uri: string; readonly scope: string },
  callerIsKnown: () => boolean | Promise<boolean>,
) => TokenRequest

/** `most`: how many requests are remembered at least, and twice as many at most. */
export function createWholeGrantRequest(most: number): WholeGrantRequest {
  const requests = new RecentTexts<TokenRequest>(most)
  return ({ tenant, uri, scope }, callerIsKnown) => {
    const text = JSON.stringify([tenant, uri, scope])
    const known = requests.get(text)
    if (known !== undefined) return { ...known, callerIsKnown }
    const wholeGrant = { wholeGrantOf: uri, minimumValiditySeconds: leastValidity }
    const words = text.length > longestRemembered ? undefined : new Words()
    const request: TokenRequest = { words, tenant, scopes: [scope], dialect: 'graph', ...wholeGrant }
    if (words !== undefined) requests.set(text, request)
    return { ...request, callerIsKnown }
  }
}

/** The translation of the same scopes is the same object, so what it comes to is worked out once. */
const known = new WeakMap<Translation, Result<Wanted, Failure>>()

/** A caller that sends the same body again has the very same list. */
const ofLists = new WeakMap<readonly string[], Map<DialectId, Result<Wanted, Failure>>>()

/** The permissions of one resource that the scopes stand for. A token is only ever for one resource. */
export function readWanted({ scopes, dialect }: TokenRequest): Result<Wanted, Failure> {
  const byDialect = ofLists.get(scopes)
  const remembered = byDialect?.get(dialect)
  if (remembered !== undefined) return remembered
  const wanted = translated(dialect, scopes)
  // Refused scopes are an exception, and their suggestions could fill the memory.
  if (!wanted.ok) return wanted
  if (byDialect === undefined) ofLists.set(scopes, new Map([[dialect, wanted]]))
  else byDialect.set(dialect, wanted)
  return wanted
}

function translated(dialect: DialectId, scopes: readonly string[]): Result<Wanted, Failure> {
  const translation = translate(dialect, scopes)
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
