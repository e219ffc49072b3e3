const minute = 60_000

/**
 * When what was allowed so far is used up, in monotonic milliseconds: the whole state of one token bucket, as the
 * generic cell rate algorithm keeps it (ITU-T I.371). One that has not been used is as good as none.
 */
export interface Usage {
  usedUpAt: number
}

/**
 * Counts one, where so many a minute are allowed and those of a whole minute may come at once. Returns 0, or the
 * milliseconds until there is room for it; then it does not count.
 */
export function useRate(perMinute: number, usage: Usage, now: number): number {
  const interval = minute / perMinute
  const usedUpAt = Math.max(usage.usedUpAt, now) + interval
  const wait = usedUpAt - minute - now
  // Sums of fractions: what is due by less than a microsecond is due.
  if (wait > 0.001) return wait
  usage.usedUpAt = usedUpAt
  return 0
}
