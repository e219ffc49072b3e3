import type { RoleJudgement } from '../broker/judge-roles.ts'
import type { IssuedToken } from '../broker/offer-token.ts'
import type { TokenResponse } from '../schemas/tokens.ts'

/** What every reply with this token has in common: a hit is answered with the very same object each time. */
interface Unchanging {
  /** Whether the token is of RFC 6750's alphabet (§2.1), which JSON takes as it is. */
  readonly isPlain: boolean
  readonly tail: string
}

const unchanging = new WeakMap<IssuedToken, Unchanging>()

/**
 * A `TokenResponse` as text. Only the token's remaining life is new in each; a serialiser would look at each of
 * its two thousand characters every time. All ASCII: what is not, is escaped.
 */
export function writeTokenResponse(issued: IssuedToken, resource: string, expiresIn: number): string {
  const known = unchanging.get(issued)
  const { isPlain, tail } = known ?? describe(issued, resource)
  if (known === undefined) unchanging.set(issued, { isPlain, tail })
  const { value } = issued.token
  const accessToken = isPlain ? `"${value}"` : toAscii(value)
  return `{"access_token":${accessToken},"expires_in":${expiresIn},${tail},${writeRoles(issued.roles)}`
}

function describe(issued: IssuedToken, resource: string): Unchanging {
  const members: Omit<TokenResponse, 'access_token' | 'expires_in' | keyof Roles> = {
    token_type: 'Bearer',
    expires_at: issued.token.expiresAtUnix,
    resource,
    tenant: issued.tenant.id,
    application: issued.application.id,
  }
  return { isPlain: /^[A-Za-z0-9._~+/=-]*$/.test(issued.token.value), tail: toAscii(members).slice(1, -1) }
}

type Roles = Pick<
  TokenResponse,
  'scope' | 'granted_permissions' | 'excess_permissions' | 'missing_permissions'
>

/** Apart from the rest, since thousands of tenants share it. */
const written = new WeakMap<RoleJudgement, string>()

function writeRoles(roles: RoleJudgement): string {
  const known = written.get(roles)
  if (known !== undefined) return known
  const members: Roles = {
    scope: roles.scope.join(' '),
    granted_permissions: [...roles.granted],
    excess_permissions: [...roles.excess],
    missing_permissions: [...roles.missing],
  }
  const text = toAscii(members).slice(1)
  written.set(roles, text)
  return text
}

function toAscii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
