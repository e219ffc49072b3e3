import type { LookupFailure } from '../../broker/ports.ts'
import type { Credential } from '../../domain/credential.ts'
import type { EntraReference, MintFailure } from '../../domain/failure.ts'
import type { Refusal } from './reply.ts'

/** Seconds to leave Entra alone where it did not say how long (Microsoft's resilience guidance: at least 5). */
const defaultThrottle = 60
export const defaultPause = 30

type Meaning =
  | 'application_not_in_directory'
  | 'directory_not_found'
  | 'wrong_cloud'
  | 'resource_not_found'
  | 'application_disabled'
  | 'credential_rejected'
  | 'assertion_expired'
  | 'policy_blocked'
  | 'throttled'
  | 'transient'
  | 'malformed'

/**
 * AADSTS codes (Microsoft: "Microsoft Entra authentication and authorization error codes"). Microsoft advises
 * against branching on them, so they only refine what the status and the OAuth error already say.
 */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  ...codes('application_not_in_directory', 700016, 7000229, 65001, 650056, 90094),
  ...codes('directory_not_found', 90002, 900023),
  ...codes('wrong_cloud', 90038, 900382, 900432),
  ...codes('resource_not_found', 500011, 500014, 650052),
  ...codes('application_disabled', 7000112),
  ...codes('credential_rejected', 700027, 7000274, 1000502, 7000214, 7000277, 7000215, 7000222),
  ...codes('assertion_expired', 700024),
  ...codes('policy_blocked', 53003, 530032),
  ...codes('throttled', 50196, 90055),
  ...codes('transient', 50033, 90006, 90012, 90024, 90033),
  ...codes('malformed', 1002012, 70011, 700022, 7000218, 7000216, 90014, 900144),
])

function codes(meaning: Meaning, ...numbers: number[]): [number, Meaning][] {
  return numbers.map((number) => [number, meaning])
}

/** What a refusal means for the caller. Throws where Entra finds the broker's own request malformed. */
export function explainRefusal(refusal: Refusal, credential: Credential): MintFailure {
  const { retryAfter } = refusal
  const reference = referenceOf(refusal)
  const meaning = meaningOf(refusal)
  switch (meaning) {
    case 'throttled':
      return { code: 'entra_throttled', retryAfterSeconds: retryAfter ?? defaultThrottle, ...reference }
    case 'transient':
      return { code: 'entra_unavailable', retryAfterSeconds: retryAfter ?? defaultPause, ...reference }
    case 'credential_rejected':
      return {
        code: meaning,
        ...('thumbprintSha1' in credential && { expectedThumbprint: credential.thumbprintSha1 }),
        ...reference,
      }
    case 'malformed':
      throw new Error(`Entra finds the token request malformed (AADSTS${refusal.codes[0] ?? '?'}).`)
    case undefined:
      return { code: 'entra_nonsense', ...reference }
    default:
      return { code: meaning, ...reference }
  }
}

function referenceOf({ traceId, correlationId, codes }: Refusal): EntraReference {
  return {
    ...(traceId === undefined ? {} : { traceId }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(codes.length === 0 ? {} : { aadsts: codes }),
  }
}

/** Why Entra names no directory for this domain. It is asked without a credential, so none can be at fault. */
export function explainLookup(refusal: Refusal, domain: string): LookupFailure {
  const reference = referenceOf(refusal)
  const { retryAfter } = refusal
  switch (meaningOf(refusal)) {
    case 'directory_not_found':
      return { code: 'domain_not_found', domain, ...reference }
    case 'wrong_cloud':
      return { code: 'wrong_cloud', ...reference }
    case 'throttled':
      return { code: 'entra_throttled', retryAfterSeconds: retryAfter ?? defaultThrottle, ...reference }
    case 'transient':
      return { code: 'entra_unavailable', retryAfterSeconds: retryAfter ?? defaultPause, ...reference }
    default:
      return { code: 'entra_nonsense', ...reference }
  }
}

function meaningOf({ status, error, codes: numbers }: Refusal): Meaning | undefined {
  if (status === 429) return 'throttled'
  for (const number of numbers) {
    const meaning = meanings.get(number)
    if (meaning !== undefined) return meaning
  }
  if (status >= 500 || status === 408 || error === 'temporarily_unavailable') return 'transient'
  if (error === 'invalid_client') return 'credential_rejected'
  if (error === 'unauthorized_client') return 'application_not_in_directory'
  if (error === 'invalid_resource') return 'resource_not_found'
  return undefined
}
