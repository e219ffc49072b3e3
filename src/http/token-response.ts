import type { RoleJudgement } from '../broker/judge-roles.ts'
import type { IssuedToken } from '../broker/offer-token.ts'
import { flat } from '../domain/flat.ts'
import { jsonText } from '../domain/json-text.ts'
import type { TokenResponse } from '../schemas/tokens.ts'

/**
 * A `TokenResponse` as text: a serialiser would look at each of the token's two thousand characters every time. Tokens
 * are of an alphabet that JSON takes as it is (RFC 6750 §2.1). All ASCII: what is not, is escaped.
 */
export function writeTokenResponse(issued: IssuedToken, resource: string, expiresIn: number): string {
  const { accessToken, roles, text } = issued
  const begin = `{"access_token":"${accessToken}","expires_in":${expiresIn}`
  return `${begin}${text}${describeRoles(roles, resource)}`
}

type Described = Omit<TokenResponse, 'access_token' | 'expires_in' | 'expires_at' | 'tenant' | 'application'>

/** Thousands of tenants share it. */
const described = new WeakMap<RoleJudgement, { readonly resource: string; readonly text: string }>()

function describeRoles(roles: RoleJudgement, resource: string): string {
  const known = described.get(roles)
  if (known?.resource === resource) return known.text
  const members: Described = {
    token_type: 'Bearer',
    resource,
    scope: roles.scope.join(' '),
    granted_permissions: [...roles.granted],
    excess_permissions: [...roles.excess],
    missing_permissions: [...roles.missing],
  }
  const text = flat`,${toAscii(members).slice(1)}`
  described.set(roles, { resource, text })
  return text
}

const toAscii = (value: unknown) => jsonText(value, /[^\0-\x7f]/g)
