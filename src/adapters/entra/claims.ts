import { sameList } from '../../domain/same-list.ts'

export interface ReadableClaims {
  readonly roles: readonly string[] | undefined
  readonly uti?: string
}

/**
 * Looks into an access token, best effort: Microsoft calls tokens opaque to clients and may encrypt them. A
 * token that can be read and has no `roles` carries none; one that cannot be read has roles nobody knows.
 */
export function readClaims(token: string): ReadableClaims {
  const claims = decodePayload(token)
  if (claims === undefined) return { roles: undefined }
  const uti = 'uti' in claims && isTokenId(claims.uti) ? { uti: claims.uti } : {}
  if (!('roles' in claims)) return { roles: [], ...uti }
  const { roles } = claims
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string'))
    return { roles: undefined, ...uti }
  return { roles: sameList([...new Set<string>(roles)].sort()), ...uti }
}

/** It goes to the audit log, so nothing passes but what Entra makes them of. */
function isTokenId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value)
}

function decodePayload(token: string): object | undefined {
  const parts = token.split('.')
  if (parts.length !== 3 || parts[1] === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1], 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? claims : undefined
  } catch {
    return undefined
  }
}
