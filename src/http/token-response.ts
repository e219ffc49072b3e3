import type { RoleJudgement } from '../broker/judge-roles.ts'
import type { IssuedToken } from '../broker/offer-token.ts'
import type { TokenResponse } from '../schemas/tokens.ts'

/**
 * A `TokenResponse` as text: a serialiser would look at each of the token's two thousand characters every time. Ids,
 * URIs of resources and tokens (RFC 6750 §2.1) are of alphabets that JSON takes as they are. All ASCII: what is not,
 * is escaped.
 */
export function writeTokenResponse(issued: IssuedToken, resource: string, expiresIn: number): string {
  const { token, tenant, application, roles } = issued
  const kind = `"token_type":"Bearer","expires_at":${token.expiresAtUnix},"resource":"${resource}"`
  const whose = `"tenant":"${tenant.id}","application":"${application.id}"`
  return `{"access_token":"${token.value}","expires_in":${expiresIn},${kind},${whose},${writeRoles(roles)}`
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
