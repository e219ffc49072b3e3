import { hash } from 'node:crypto'
import type { AccessToken, TokenFacts } from '../domain/token.ts'

export interface TokenNeed {
  /** Milliseconds that the token should still live. */
  readonly minimumValidity?: number | undefined
  /** Lower-case hex SHA-256 of a token that its resource refused. */
  readonly rejectedSha256?: string | undefined
}

/** Whether a token that another replica minted will do. What Entra issues for this very call always does. */
export type Serves = (token: AccessToken) => boolean

export function isRejected({ value }: Pick<AccessToken, 'value'>, { rejectedSha256 }: TokenNeed): boolean {
  return rejectedSha256 !== undefined && rejectedSha256 === hash('sha256', value)
}

/** `now`: monotonic milliseconds. */
export function isShort({ expiresAt }: TokenFacts, { minimumValidity }: TokenNeed, now: number): boolean {
  return minimumValidity !== undefined && expiresAt - now < minimumValidity
}

/** Another replica's times are as exact as its clock, so the same token is told by its value. */
export function isNewer(token: AccessToken, held: AccessToken): boolean {
  return token.value !== held.value && token.issuedAt > held.issuedAt
}

export function hasSameRoles(token: TokenFacts, other: TokenFacts): boolean {
  return token.roles?.toSorted().join() === other.roles?.toSorted().join()
}
