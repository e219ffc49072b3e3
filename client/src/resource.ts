import { clientError } from './broker-error.ts'

/**
 * SDKs name the API that a token is for: `https://graph.microsoft.com/.default`. What is asked of the broker is in
 * the credential's own scopes, so these are only held against the resource that came. A bare name (`Mail.Read`)
 * names no API, and nothing is held against it.
 */
export function checkResource(scopes: string | readonly string[], resource: string): void {
  for (const scope of typeof scopes === 'string' ? [scopes] : scopes) {
    const bare = !/[/:]/.test(scope)
    if (bare || (URL.canParse(scope) && new URL(scope).origin === new URL(resource).origin)) continue
    throw clientError(
      'other_resource',
      `The SDK wants a token for "${scope}", and this credential has tokens for ${resource}.`,
      "Make another BrokerCredential, with scopes of that API, or give the SDK this API's own scope.",
    )
  }
}
