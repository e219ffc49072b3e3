import type { Caller } from '../domain/caller.ts'
import { fail } from '../domain/result.ts'
import type { IssueToken } from './issue-token.ts'
import type { Clock } from './ports.ts'
import { type Usage, useRate } from './rate.ts'
import type { Registry } from './registry.ts'

export interface LimitRateOptions {
  readonly registry: Registry
  readonly clock: Clock
}

/**
 * Lets a caller that has a rate limit ask only so often, before anything is looked up for it. Each replica counts
 * for itself. The count goes with the caller's record: a change of the record starts it anew, and only operators
 * make one; memory is bounded by the registry.
 */
export function limitRate({ registry, clock }: LimitRateOptions, issueToken: IssueToken): IssueToken {
  const usages = new WeakMap<Caller, Usage>()

  function usageOf(caller: Caller): Usage {
    const known = usages.get(caller)
    if (known !== undefined) return known
    const usage = { usedUpAt: 0 }
    usages.set(caller, usage)
    return usage
  }

  return (callerId, request) => {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return snapshot
    const caller = snapshot.value.caller(callerId)
    if (caller?.rateLimit === undefined) return issueToken(callerId, request)
    const { rateLimit: perMinute } = caller
    const wait = useRate(perMinute, usageOf(caller), clock.monotonic())
    if (wait === 0) return issueToken(callerId, request)
    return fail({ code: 'rate_limited', perMinute, retryAfterSeconds: Math.ceil(wait / 1000) })
  }
}
