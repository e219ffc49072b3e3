import type { Clock } from '../../broker/ports.ts'
import { type AccessToken, reserve } from '../../domain/token.ts'
import type { OpenedEntry } from './sealed-entry.ts'

/** Milliseconds by which the clocks of two replicas may differ: those that a token is not handed out for anyway. */
const longestSkew = 60_000
/** Entra issues no app-only token for longer than a day. */
const longestLifetime = 90_000_000

/**
 * A token as another replica can read it: its monotonic times in Unix milliseconds. `until`: when the entry ends, which
 * is when nobody hands the token out any more.
 */
export function toShared(token: AccessToken, clock: Clock): OpenedEntry {
  const offset = clock.now() - clock.monotonic()
  const times = [token.issuedAt, token.refreshAt, token.expiresAt].map((time) => Math.round(time + offset))
  const { value, expiresAtUnix, roles = null, uti = null } = token
  return {
    text: JSON.stringify([value, expiresAtUnix, ...times, roles, uti]),
    until: Math.floor(token.expiresAt + offset - reserve(token)),
  }
}

/**
 * The token with this replica's monotonic times; undefined where its times make no sense. `timeToLive`: milliseconds
 * for which Redis will keep the entry. That and what is left until the sealed expiry are two measures of one thing,
 * the one by Redis's timer, the other by the clocks of two replicas. If they differ, a clock is wrong or somebody
 * changed the expiry. The shorter one counts.
 */
export function fromShared(entry: OpenedEntry, timeToLive: number, clock: Clock): AccessToken | undefined {
  const byClock = entry.until - clock.now()
  if (Math.abs(byClock - timeToLive) > longestSkew) return undefined
  const payload: unknown = JSON.parse(entry.text)
  if (!isPayload(payload)) return undefined
  const [value, expiresAtUnix, issued, refresh, expires, roles, uti] = payload
  const lifetime = expires - issued
  if (!(lifetime > 0 && lifetime <= longestLifetime)) return undefined
  const remaining = Math.min(byClock, timeToLive) + (expires - entry.until)
  const expiresAt = Math.floor(clock.monotonic() + Math.min(remaining, lifetime))
  return {
    value,
    expiresAtUnix,
    issuedAt: expiresAt - lifetime,
    expiresAt,
    refreshAt: expiresAt - (expires - refresh),
    roles: roles ?? undefined,
    uti: uti ?? undefined,
  }
}

type Payload = readonly [
  value: string,
  expiresAtUnix: number,
  issued: number,
  refresh: number,
  expires: number,
  roles: readonly string[] | null,
  uti: string | null,
]

function isPayload(payload: unknown): payload is Payload {
  if (!Array.isArray(payload)) return false
  const [value, expiresAtUnix, issued, refresh, expires, roles, uti]: readonly unknown[] = payload
  return (
    typeof value === 'string' &&
    [expiresAtUnix, issued, refresh, expires].every(Number.isFinite) &&
    (roles === null || (Array.isArray(roles) && roles.every((role) => typeof role === 'string'))) &&
    (uti === null || typeof uti === 'string')
  )
}
