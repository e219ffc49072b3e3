import type { MintFailure } from '../../domain/failure.ts'

/** Seconds. */
const pause = 5

/**
 * What a failed call means. The SDK's errors hold request bodies and whole replies, so nothing of them goes any
 * further than the numbers and codes that are read here.
 */
export function explainVaultError(error: unknown, vaultName: string): MintFailure {
  const status = statusOf(error)
  if (status === 404) return { code: 'credential_unreadable', vaultName }
  if (status === 403 && innerCode(error) === 'SecretDisabled')
    return { code: 'credential_unreadable', vaultName }
  if (status === 401 || status === 403 || isAuthenticationError(error)) return { code: 'key_vault_denied' }
  return { code: 'key_vault_unavailable', retryAfterSeconds: pause }
}

/** The same in words that may be logged. */
export function describeVaultError(error: unknown): Record<string, string | number | undefined> {
  return {
    name: error instanceof Error ? error.name : typeof error,
    status: statusOf(error),
    code: error instanceof Error && 'code' in error ? word(error.code) : undefined,
    inner_code: word(innerCode(error)),
  }
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  return typeof error.statusCode === 'number' ? error.statusCode : undefined
}

function isAuthenticationError(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(AuthenticationError|AggregateAuthenticationError|CredentialUnavailableError)$/.test(error.name)
  )
}

/** Key Vault's `innererror.code`, which the SDK renames. */
function innerCode(error: unknown): string | undefined {
  let value: unknown = error
  for (const member of ['details', 'error', 'innerError', 'code']) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.getOwnPropertyDescriptor(value, member)?.value
  }
  return typeof value === 'string' ? value : undefined
}

/** An error code as services write them; anything else may be what was sent. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z_]{1,40}$/.test(value) ? value : undefined
}
