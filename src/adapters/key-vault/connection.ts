import type { TokenCredential } from '@azure/identity'
import type { KeyClientOptions } from '@azure/keyvault-keys'
import type { SecretClientOptions } from '@azure/keyvault-secrets'
import type { MintFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { attemptDeadlinePolicy } from './attempt-deadline-policy.ts'
import { emptyErrorPolicy } from './empty-error-policy.ts'
import { describeVaultError, explainVaultError } from './failures.ts'
import { ownHostPolicy } from './own-host-policy.ts'
import { throttlePolicy } from './throttle-policy.ts'

/** Milliseconds. */
export interface Deadlines {
  /** For one operation, its retries included. */
  readonly operation: number
  /** For one request of it; a vault that hangs is asked again. */
  readonly attempt: number
  /** For a whole list, which comes in pages of 25. */
  readonly list: number
}

export const usualDeadlines: Deadlines = { operation: 10_000, attempt: 3_000, list: 60_000 }

export interface KeyVaultOptions {
  readonly url: string
  readonly credential: TokenCredential
  /** How the vault is reached; none in production, where the system's trust and resolver serve. */
  readonly tls?: object
  readonly deadlines?: Deadlines
  readonly onError: (description: object) => void
}

/** With the first one three attempts, which with their pauses fit into the deadline of an operation. */
const retries = 2

/** What both clients of the SDK are made with. */
export function clientOptions(options: KeyVaultOptions): KeyClientOptions & SecretClientOptions {
  const { url, tls, deadlines = usualDeadlines } = options
  return {
    serviceVersion: '2025-07-01',
    retryOptions: { maxRetries: retries, retryDelayInMs: 300, maxRetryDelayInMs: 3_000 },
    additionalPolicies: [
      { policy: ownHostPolicy(url), position: 'perCall' },
      { policy: throttlePolicy, position: 'perRetry' },
      { policy: emptyErrorPolicy, position: 'perRetry' },
      { policy: attemptDeadlinePolicy(deadlines.attempt), position: 'perRetry' },
    ],
    // `tlsOptions` is understood by the pipeline and missing from the client's type.
    ...(tls === undefined ? {} : { tlsOptions: tls }),
  }
}

/** One operation on the object of this name, within the deadline. What fails is told in words that may be logged. */
export async function attempt<T>(
  { onError, deadlines = usualDeadlines }: KeyVaultOptions,
  name: string,
  work: (signal: AbortSignal) => Promise<T>,
  milliseconds = deadlines.operation,
): Promise<Result<T, MintFailure>> {
  try {
    return ok(await within(milliseconds, work))
  } catch (error) {
    onError(describeVaultError(error))
    return fail(explainVaultError(error, name))
  }
}

/** Ends in time, although neither the SDK nor what gives it bearer tokens always looks at the signal. */
export function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(milliseconds)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work(signal), late])
}
