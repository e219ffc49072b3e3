/*
 * The shapes of `TokenCredential` in @azure/core-auth, which every Azure and Graph SDK takes. They are structural, so
 * that this package needs no other; a test holds them against the real ones.
 */

export interface AccessToken {
  readonly token: string
  /** Unix milliseconds by the clock of this machine. */
  readonly expiresOnTimestamp: number
  /** Unix milliseconds: from then on the SDK asks again, and gets this token until there is a newer one. */
  readonly refreshAfterTimestamp: number
  readonly tokenType: 'Bearer'
}

export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What is not named here (tracing, `enableCae`) changes nothing about the token. */
export interface GetTokenOptions {
  readonly abortSignal?: AbortSignalLike
  /** A claims challenge of the resource: it no longer takes the token that it was shown. */
  readonly claims?: string
  /** The directory that a resource's challenge named. */
  readonly tenantId?: string
}

export interface TokenCredential {
  getToken(scopes: string | readonly string[], options?: GetTokenOptions): Promise<AccessToken>
}
