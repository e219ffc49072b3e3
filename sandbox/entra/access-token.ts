import { sign, verify } from 'node:crypto'
import type { RandomBytes } from './identifiers.ts'
import { encodePart, parseJwt } from './jwt.ts'
import type { SigningKey } from './signing-key.ts'
import { readClaims, type TokenClaims } from './token-claims.ts'

export interface AccessTokens {
  issue(claims: TokenClaims, opaque: boolean): string
  /** The claims of a token that is signed by this Entra, in time and meant for one of these audiences. */
  verify(token: string, audience: string | readonly string[]): TokenClaims | undefined
}

const keptOpaqueTokens = 10_000

export function createAccessTokens(
  key: SigningKey,
  now: () => number,
  randomBytes: RandomBytes,
): AccessTokens {
  const opaqueTokens = new Map<string, TokenClaims>()

  function issueOpaque(claims: TokenClaims): string {
    const token = `EwB${randomBytes(900).toString('base64url')}`
    opaqueTokens.set(token, claims)
    for (const [oldest, { exp }] of opaqueTokens) {
      if (exp * 1000 > now() && opaqueTokens.size <= keptOpaqueTokens) break
      opaqueTokens.delete(oldest)
    }
    return token
  }

  return {
    issue: (claims, opaque) => (opaque ? issueOpaque(claims) : issueJwt(claims, key)),
    verify(token, audience) {
      const claims = opaqueTokens.get(token) ?? verifyJwt(token, key)
      if (claims === undefined || ![audience].flat().includes(claims.aud)) return undefined
      const seconds = now() / 1000
      return claims.nbf <= seconds && seconds < claims.exp ? claims : undefined
    },
  }
}

/**
 * Entra's own tokens for Graph carry a `nonce` in their header and are signed over its hash instead, so that
 * only Graph can verify them. It is left out here: the local Graph, and whoever wants to look, needs the
 * published keys and nothing else.
 */
function issueJwt(claims: TokenClaims, { kid, privateKey }: SigningKey): string {
  const input = `${encodePart({ typ: 'JWT', alg: 'RS256', x5t: kid, kid })}.${encodePart(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

function verifyJwt(token: string, { kid, publicKey }: SigningKey): TokenClaims | undefined {
  const jwt = parseJwt(token)
  if (jwt === undefined || jwt.header['alg'] !== 'RS256' || jwt.header['kid'] !== kid) return undefined
  return verify('sha256', jwt.signingInput, publicKey, jwt.signature) ? readClaims(jwt.claims) : undefined
}
