import type { MintFailure } from '../domain/failure.ts'
import type { Resource } from '../domain/permission.ts'
import type { Result } from '../domain/result.ts'
import type { AccessToken } from '../domain/token.ts'
import { targetOf } from './authorise.ts'
import type { ConsentSubject } from './consent-subject.ts'
import type { Observe } from './observe.ts'
import type { TokenCache } from './token-cache.ts'

export interface LearnOptions {
  readonly cache: Pick<TokenCache, 'forgetFailures' | 'allowReissue'>
  readonly observe: Observe
}

/** What a mint for a caller would have come to. */
export type Learned = readonly (readonly [Resource, Result<AccessToken, MintFailure>])[]

/**
 * Takes in what a look past the cache has shown, as if a caller had waited for it: it is observed, and where there
 * is a token, the next caller who lacks a role of the held one gets a new one. The tokens themselves are dropped.
 * `since` (ISO 8601): written too where it is no news but nothing was since then.
 */
export async function learn(
  { cache, observe }: LearnOptions,
  { tenant, application }: ConsentSubject,
  learned: Learned,
  since?: string,
): Promise<void> {
  for (const [resource, result] of learned) {
    const target = targetOf(tenant, application, resource)
    await observe(target, result, since)
    if (result.ok) cache.allowReissue(target)
  }
}

/** Lets the next caller try at once, whatever the cache remembers of the application in this tenant. */
export function forgetFailures(
  { cache }: Pick<LearnOptions, 'cache'>,
  { tenant, application }: ConsentSubject,
): void {
  cache.forgetFailures(
    ({ clientId, directoryId }) => clientId === application.clientId && directoryId === tenant.directoryId,
  )
}
