/** Leave to do something expensive again, at growing intervals. */
export interface Allowance {
  /** Monotonic milliseconds. */
  notBefore: number
  interval: number
}

/** Takes the leave if there is one; the next comes after `interval`, which then doubles up to `longest`. */
export function take(allowance: Allowance, now: number, longest: number): boolean {
  if (now < allowance.notBefore) return false
  allowance.notBefore = now + allowance.interval
  allowance.interval = Math.min(allowance.interval * 2, longest)
  return true
}
