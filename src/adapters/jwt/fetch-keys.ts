import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import type { Dispatcher } from 'undici'
import { exchange } from '../entra/exchange.ts'

/** Picks the public key that a JWS header names by `kid` and that fits its `alg`. */
export type PublicKeys = ReturnType<typeof createLocalJWKSet>

export interface FetchedKeys {
  readonly keys: PublicKeys
  /** What they were read from, by which two sets are compared. */
  readonly text: string
}

/** Reads a JWK Set (RFC 7517), or says in a word why not. Follows no redirect; never rejects. */
export async function fetchKeys(
  url: string,
  dispatcher: Dispatcher,
): Promise<FetchedKeys | { readonly reason: string }> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  const reply = await exchange(url, { method: 'GET', headers, dispatcher })
  if ('reason' in reply) return reply
  const { status, body } = reply
  if (status !== 200) return { reason: `status ${status}` }
  if (!isKeySet(body)) return { reason: 'no JWK Set, or one of more than 64 KB' }
  return { keys: createLocalJWKSet(body), text: JSON.stringify(body) }
}

function isKeySet(body: unknown): body is JSONWebKeySet {
  if (typeof body !== 'object' || body === null || !('keys' in body)) return false
  const { keys } = body
  return Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null)
}
