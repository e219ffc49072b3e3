import { fail, ok, type Result } from '../../src/domain/result.ts'
import { parseJwt } from '../entra/jwt.ts'
import { audiencesOf } from '../entra/resources.ts'
import { type GraphError, invalidToken } from './errors.ts'

/** What Graph needs of a token. */
export interface GraphClaims {
  readonly tid: string
  readonly roles?: readonly string[]
}

/** Signature, lifetime and audience; undefined where one of them does not hold. */
export type VerifyToken = (token: string, audience: readonly string[]) => GraphClaims | undefined

const audiences = audiencesOf('graph')

export function authenticate(
  authorization: string | undefined,
  verifyToken: VerifyToken,
  now: number,
): Result<GraphClaims, GraphError> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) return fail(invalidToken('Access token is empty.'))
  const claims = verifyToken(token, audiences)
  return claims === undefined ? fail(invalidToken(explain(token, now))) : ok(claims)
}

/** Only tells people what is wrong: nothing that stands in an unverified token decides anything. */
function explain(token: string, now: number): string {
  const claims = parseJwt(token)?.claims
  if (claims === undefined) return 'IDX14100: JWT is not well formed, there are no dots (.).'
  const { aud, exp } = claims
  if (typeof exp === 'number' && exp * 1000 <= now) return 'Lifetime validation failed, the token is expired.'
  if (typeof aud !== 'string' || !audiences.includes(aud)) {
    return 'Access token validation failure. Invalid audience.'
  }
  return 'Signature is invalid.'
}
