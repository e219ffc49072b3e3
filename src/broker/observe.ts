import type { MintFailure } from '../domain/failure.ts'
import { ok, type Result } from '../domain/result.ts'
import type { Observation, ObservedFailure } from '../domain/tenant.ts'
import type { AccessToken, TokenTarget } from '../domain/token.ts'
import type { Clock } from './ports.ts'
import type { Registry } from './registry.ts'

/** `since` (ISO 8601): what is no news is written too, where nothing was written since then. */
export type Observe = (
  target: TokenTarget,
  result: Result<AccessToken, MintFailure>,
  since?: string,
) => Promise<void>

/**
 * Records what an acquisition showed of a tenant: the roles, or why there was no token. Writes only what is
 * news, so that a directory that fails all day costs one write.
 */
export function createObserve(registry: Registry, clock: Clock): Observe {
  return async (target, result, since = '') => {
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return
    const tenant = snapshot.value.tenant(target.directoryId)
    const application = snapshot.value.applicationByClientId(target.cloud, target.clientId)
    if (tenant === undefined || application === undefined) return
    if (!isNews(snapshot.value.observation(tenant, application, target.resource), result, since)) return
    const identity = { tenantUid: tenant.uid, applicationUid: application.uid, resource: target.resource }
    const at = new Date(clock.now()).toISOString()
    await registry.commit(async (transaction) => {
      // Read again under the lock: another acquisition may have seen roles since.
      const known = await transaction.observation(identity)
      const seen = result.ok
        ? whatWasSeen(result.value, at)
        : { ...rolesOf(known), failure: toObserved(result.failure, at) }
      await transaction.saveObservation({ ...identity, ...seen, revision: transaction.revision })
      return ok(undefined)
    })
  }
}

function isNews(
  known: Observation | undefined,
  result: Result<AccessToken, MintFailure>,
  since: string,
): boolean {
  // ISO 8601 in UTC sorts as text.
  if (!result.ok) return known?.failure?.code !== result.failure.code || known.failure.at < since
  if (known === undefined || known.failure !== undefined) return true
  return (known.observedAt ?? '') < since || known.roles?.join() !== result.value.roles?.join()
}

function whatWasSeen(token: AccessToken, observedAt: string): Pick<Observation, 'roles' | 'observedAt'> {
  return token.roles === undefined ? { observedAt } : { roles: token.roles, observedAt }
}

/** A failure takes nothing back of what was seen: an outage of Entra's is no withdrawal of consent. */
function rolesOf(known: Observation | undefined): Pick<Observation, 'roles' | 'observedAt'> {
  return {
    ...(known?.roles === undefined ? {} : { roles: known.roles }),
    ...(known?.observedAt === undefined ? {} : { observedAt: known.observedAt }),
  }
}

function toObserved(failure: MintFailure, at: string): ObservedFailure {
  return {
    code: failure.code,
    at,
    ...('traceId' in failure && failure.traceId !== undefined ? { traceId: failure.traceId } : {}),
    ...('correlationId' in failure && failure.correlationId !== undefined
      ? { correlationId: failure.correlationId }
      : {}),
    ...('aadsts' in failure && failure.aadsts !== undefined ? { aadsts: failure.aadsts } : {}),
  }
}
