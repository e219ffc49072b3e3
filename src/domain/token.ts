import type { CloudName } from './cloud.ts'
import type { Resource } from './permission.ts'

/**
 * The whole identity of a cached token. Never the caller and never the scopes that were asked for: an app-only
 * token carries every role that was granted for its resource, whoever asks and for whatever.
 */
export interface TokenTarget {
  readonly cloud: CloudName
  readonly directoryId: string
  readonly clientId: string
  readonly resource: Resource
  readonly applicationEpoch: number
  readonly tenantEpoch: number
}

/** The target as one text. No part can hold the separator: enums, GUIDs and integers only. */
export function targetKey(target: TokenTarget): string {
  const { cloud, directoryId, clientId, resource, applicationEpoch, tenantEpoch } = target
  // Not a template, which V8 would keep in six pieces.
  return [cloud, directoryId, clientId, resource, applicationEpoch, tenantEpoch].join('|')
}

/**
 * What is known of an app-only access token. Times are whole milliseconds of a monotonic clock: there are as many
 * tokens as tenants, and a fraction takes memory of its own.
 */
export interface TokenFacts {
  /** Wall-clock expiry in Unix seconds, for people and for `expires_at` alone. */
  readonly expiresAtUnix: number
  readonly issuedAt: number
  readonly expiresAt: number
  /** From when on it is renewed behind the answers. */
  readonly refreshAt: number
  /** Role values; undefined where the token could not be read: Microsoft calls tokens opaque. */
  readonly roles: readonly string[] | undefined
  /** Entra's token id, which joins the broker's audit to Microsoft's sign-in and Graph activity logs. */
  readonly uti?: string | undefined
}

/** A token as Entra issued it. */
export interface AccessToken extends TokenFacts {
  readonly value: string
}

/** Milliseconds. */
const minimumRemaining = 60_000

/**
 * Whether a held token may still be handed out: its caller needs time to use it. Of a token that lives less than
 * ten minutes a tenth must remain.
 */
export function usable(token: TokenFacts, now: number): boolean {
  return token.expiresAt - now >= reserve(token)
}

/** Milliseconds at the end of its life in which a token is no longer handed out. */
export function reserve({ issuedAt, expiresAt }: Pick<TokenFacts, 'issuedAt' | 'expiresAt'>): number {
  return Math.min(minimumRemaining, (expiresAt - issuedAt) / 10)
}

/** Whole seconds that the token still lives. */
export function secondsLeft(token: TokenFacts, now: number): number {
  return Math.max(0, Math.floor((token.expiresAt - now) / 1000))
}
