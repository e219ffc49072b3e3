import type { MintFailure } from '../../domain/failure.ts'

/** Seconds. */
const pause = 5

/** Key Vault's words for a secret or key that is there and must not be used: it is off, or not made for this. */
const unusable = /^((Secret|Key)Disabled|Key(Expired|NotYetValid|OperationForbidden))$/
/** The SDK looks at a key's validity and operations itself, and has nothing but words for what it finds. */
const unusableKey = /^(Key \S+ (expired at|can't be used before) |Operation sign is not supported on key )/

/**
 * What a failed call means. The SDK's errors hold request bodies and whole replies, so nothing of them goes any
 * further than the numbers and codes that are read here.
 */
export function explainVaultError(error: unknown, vaultName: string): MintFailure {
  const status = statusOf(error)
  if (status === 404 || isUnusable(error)) return { code: 'credential_unreadable', vaultName }
  if (status === 401 || status === 403 || isAuthenticationError(error)) return { code: 'key_vault_denied' }
  return { code: 'key_vault_unavailable', retryAfterSeconds: pause }
}

/** The same in words that may be logged. */
export function describeVaultError(error: unknown): Record<string, string | number | undefined> {
  return {
    name: error instanceof Error ? error.name : typeof error,
    status: statusOf(error),
    code: error instanceof Error && 'code' in error ? word(error.code) : undefined,
    inner_code: word(innerCode(error)) ?? (isUnusable(error) ? 'KeyNotUsable' : undefined),
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

function isUnusable(error: unknown): boolean {
  if (statusOf(error) === 403) return unusable.test(innerCode(error) ?? '')
  return error instanceof Error && error.name === 'Error' && unusableKey.test(error.message)
}

/** Key Vault's `innererror.code`, which the SDK renames. */
export function innerCode(error: unknown): string | undefined {
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
