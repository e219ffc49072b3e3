const keptAssertions = 100_000

export interface ReplayGuard {
  /** True the first time. `expiresAt` and `now` in milliseconds. */
  admit(clientId: string, jti: string, expiresAt: number, now: number): boolean
}

/** Remembers each assertion until it expires (RFC 7523 §3, item 7), and never more than a bounded number. */
export function createReplayGuard(): ReplayGuard {
  const seen = new Map<string, number>()
  return {
    admit(clientId, jti, expiresAt, now) {
      const key = `${clientId} ${jti}`
      const until = seen.get(key)
      if (until !== undefined && until > now) return false
      seen.delete(key)
      seen.set(key, expiresAt)
      // The oldest stand first: most of what goes here has expired anyway.
      for (const [oldest, oldestUntil] of seen) {
        if (oldestUntil > now && seen.size <= keptAssertions) break
        seen.delete(oldest)
      }
      return true
    },
  }
}
