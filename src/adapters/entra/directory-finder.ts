import type { Dispatcher } from 'undici'
import type { Clock, DirectoryFinder, LookupFailure } from '../../broker/ports.ts'
import { type Cloud, type Clouds, tokenEndpoint } from '../../domain/cloud.ts'
import { isDomain, isGuid } from '../../domain/identifier.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { exchange } from './exchange.ts'
import { defaultPause, explainLookup } from './failures.ts'
import { readRefusal } from './reply.ts'

export interface DirectoryFinderOptions {
  readonly clouds: Clouds
  readonly dispatcher: Dispatcher
  readonly clock: Clock
}

/** Entra's own directory of personal accounts, that domains like outlook.com belong to: nobody's tenant. */
const personalAccounts = '9188040d-6c67-4c5b-b112-36a304b66dad'

/**
 * Reads the directory's id from its OpenID Connect metadata, which anybody may read. Asks the authority of the cloud
 * and nobody else, follows no redirect, and takes from the answer nothing but a GUID.
 */
export function createDirectoryFinder({
  clouds,
  dispatcher,
  clock,
}: DirectoryFinderOptions): DirectoryFinder {
  return {
    async find(cloudName, domain) {
      if (!isDomain(domain)) throw new Error('what is no domain must not become part of a path')
      const cloud = clouds[cloudName]
      const url = `${cloud.authority}/${domain}/v2.0/.well-known/openid-configuration`
      const reply = await exchange(url, {
        method: 'GET',
        headers: { accept: 'application/json' },
        dispatcher,
      })
      if ('reason' in reply) return fail({ code: 'entra_unavailable', retryAfterSeconds: defaultPause })
      const { status, headers, body } = reply
      if (status === 200) return readDirectoryId(body, cloud, domain)
      return fail(explainLookup(readRefusal(status, body, headers['retry-after'], clock.now()), domain))
    },
  }
}

/** The id stands in the token endpoint and in the issuer, and both must say the same. */
function readDirectoryId(body: unknown, cloud: Cloud, domain: string): Result<string, LookupFailure> {
  const endpoint = urlOf(body, 'token_endpoint')
  const issuer = urlOf(body, 'issuer')
  const id = endpoint?.pathname.split('/')[1]?.toLowerCase() ?? ''
  if (endpoint === undefined || !isGuid(id) || issuer?.pathname.split('/')[1]?.toLowerCase() !== id) {
    return fail({ code: 'entra_nonsense' })
  }
  if (id === personalAccounts) return fail({ code: 'domain_not_found', domain })
  // Entra answers for directories of other clouds too, with the addresses of theirs.
  return endpoint.href.toLowerCase() === tokenEndpoint(cloud, id).toLowerCase()
    ? ok(id)
    : fail({ code: 'wrong_cloud' })
}

function urlOf(body: unknown, member: string): URL | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = Object.getOwnPropertyDescriptor(body, member)?.value
  return typeof value === 'string' ? (URL.parse(value) ?? undefined) : undefined
}
