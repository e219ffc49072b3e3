import { type Dispatcher, request } from 'undici'
import type { LocalCloud } from '../../sandbox/clouds.ts'
import { members } from '../http/json-value.ts'

/** A token with which a test gets at the local Key Vault, as the broker itself does. */
export async function vaultBearer(
  { identity, entra }: Pick<LocalCloud, 'identity' | 'entra'>,
  dispatcher: Dispatcher,
): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: identity.clientId,
    client_secret: identity.secret,
    scope: 'https://vault.azure.net/.default',
  })
  const granted = await request(`${entra.origin}/${identity.directoryId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    dispatcher,
  })
  return String(members(await granted.body.json())['access_token'])
}

/** As the API of Key Vault wants it. */
export const vaultPath = (path: string) => `${path}?api-version=2025-07-01`
