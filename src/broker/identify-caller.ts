import type { Caller } from '../domain/caller.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type ApiKey, digestApiKey, matchesDigest, parseApiKey } from './api-key.ts'
import type { Clock } from './ports.ts'
import type { Registry } from './registry.ts'

export type IdentifyCaller = (authorization: string | undefined) => Result<Caller, Failure>

export interface IdentifyCallerOptions {
  readonly registry: Registry
  readonly clock: Clock
  /** A key that opens an empty registry, honoured only while no operator can sign in. */
  readonly bootstrapKey?: ApiKey
}

const bearer = /^Bearer +([^ ]{1,512})$/i

/** Who calls. Every way to fail answers alike: whoever guesses learns nothing from the reply. */
export function createIdentifyCaller({ registry, clock, ...options }: IdentifyCallerOptions): IdentifyCaller {
  return (authorization) => {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return snapshot
    const key = parseApiKey(bearer.exec(authorization ?? '')?.[1] ?? '')
    if (key === undefined) return fail({ code: 'unauthenticated' })

    const known = snapshot.value.callerByKey(key.id)
    const genuine = matchesDigest(key, known?.key.sha256)
    const now = clock.now()
    if (genuine && known !== undefined) {
      const { expiresAt } = known.key
      const expired = expiresAt !== undefined && Date.parse(expiresAt) <= now
      return expired || !known.caller.enabled ? fail({ code: 'unauthenticated' }) : ok(known.caller)
    }

    const { bootstrapKey } = options
    if (bootstrapKey === undefined || bootstrapKey.id !== key.id) return fail({ code: 'unauthenticated' })
    const isoNow = new Date(now).toISOString()
    if (!matchesDigest(key, digestApiKey(bootstrapKey)) || snapshot.value.operatorCanSignIn(isoNow)) {
      return fail({ code: 'unauthenticated' })
    }
    return ok(bootstrapOperator(isoNow))
  }
}

function bootstrapOperator(now: string): Caller {
  return {
    uid: 'bootstrap',
    id: 'bootstrap',
    role: 'operator',
    enabled: true,
    grants: [],
    keys: [],
    revision: 0,
    createdAt: now,
    updatedAt: now,
  }
}
