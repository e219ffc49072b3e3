import type { TokenCredential } from '@azure/identity'

/** What identities of the SDK ask Entra for anyway: a token whose user can be challenged again. */
const usualClaims = JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } })

/**
 * The same identity after the vault has refused its bearer token. Identities keep tokens themselves, and only a
 * request with claims goes past what they keep; without them the refused token would come back until it expires.
 */
export function pastRefusal(identity: TokenCredential): TokenCredential {
  let unasked: string | undefined = usualClaims
  return {
    getToken(scopes, options) {
      const claims = options?.claims ?? unasked
      unasked = undefined
      return identity.getToken(scopes, { ...options, ...(claims === undefined ? {} : { claims }) })
    },
  }
}
