import { parseApiKey } from '../broker/api-key.ts'
import { type IdentifyCaller, isKnown } from '../broker/identify-caller.ts'
import type { Caller } from '../domain/caller.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { OauthTokenForm } from '../schemas/oauth.ts'
import { isBasic } from './oauth-errors.ts'

export interface AuthenticatedClient {
  readonly caller: Caller
  /** Whether it could still sign in as it did. */
  readonly callerIsKnown: () => boolean | Promise<boolean>
}

type Authenticated = Promise<Result<AuthenticatedClient, Failure>>

/** Undefined where a client was to say it and did not, or said it so that nobody can read it. */
interface Credentials {
  readonly id: string | undefined
  /** A bearer token of the broker's own routes: an API key, or a JWT. */
  readonly bearer: string | undefined
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Who asks: by `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1), where the secret is an API key and the
 * id its caller's, or by a JWT of an issuer that the broker trusts (RFC 7523 §2.2), which says itself whose it is.
 * Whatever is wrong with them answers alike.
 */
export async function authenticateClient(
  identifyCaller: IdentifyCaller,
  authorization: string | undefined,
  form: OauthTokenForm,
): Authenticated {
  const ways = [
    ...(isBasic(authorization) ? [readBasic(authorization)] : []),
    ...(form.client_secret === undefined ? [] : [{ id: form.client_id, bearer: asKey(form.client_secret) }]),
    ...(form.client_assertion === undefined ? [] : [readAssertion(form)]),
  ]
  // RFC 6749 §2.3: a client uses one.
  if (ways.length > 1) return fail({ code: 'invalid_request', faults: [twoWays] })
  const [credentials] = ways
  const identified = await identify(identifyCaller, credentials?.bearer)
  if (!identified.ok) return identified
  const { id } = identified.value.caller
  const isNamed = credentials?.id === id && (form.client_id === undefined || form.client_id === id)
  // An assertion names its caller, so the id may be left out beside it (RFC 7521 §4.2).
  const mayBeLeftOut = form.client_assertion !== undefined && form.client_id === undefined
  return isNamed || mayBeLeftOut ? admit(identified.value) : fail({ code: 'unauthenticated' })
}

/** Who asks, by an API key alone. */
export async function authenticateKey(identifyCaller: IdentifyCaller, key: string): Authenticated {
  const identified = await identify(identifyCaller, asKey(key))
  return identified.ok ? admit(identified.value) : identified
}

/** Without a key it is asked too: so that every failure is one of the same kind. */
async function identify(identifyCaller: IdentifyCaller, bearer: string | undefined): Authenticated {
  const header = bearer === undefined ? undefined : `Bearer ${bearer}`
  const identified = await identifyCaller(header)
  if (!identified.ok) return identified
  return ok({ caller: identified.value, callerIsKnown: () => isKnown(identifyCaller, header) })
}

/** Those who may ask `POST /tokens`. */
function admit(client: AuthenticatedClient): Result<AuthenticatedClient, Failure> {
  const roles = ['caller', 'operator'] as const
  return roles.some((role) => role === client.caller.role)
    ? ok(client)
    : fail({ code: 'role_required', roles })
}

const twoWays = {
  pointer: '/client_id',
  detail:
    'The client authenticates twice. Send Authorization: Basic, client_secret or client_assertion, and one alone.',
}

function asKey(secret: string): string | undefined {
  return parseApiKey(secret)?.text
}

function readAssertion({
  client_id: id,
  client_assertion_type: type,
  client_assertion: jwt,
}: OauthTokenForm): Credentials {
  const isJwt = type === jwtBearer && jwt !== undefined && parseApiKey(jwt) === undefined
  return { id, bearer: isJwt ? jwt : undefined }
}

/**
 * RFC 6749 §2.3.1 has id and secret form-encoded before they are joined, and half of the clients leave that out. Ids
 * and keys have no character that decoding would change, so it does for both.
 */
function readBasic(authorization = ''): Credentials {
  const joined = Buffer.from(authorization.slice('Basic'.length).trim(), 'base64').toString('latin1')
  const colon = joined.indexOf(':')
  if (colon < 0) return { id: undefined, bearer: undefined }
  return { id: decode(joined.slice(0, colon)), bearer: asKey(decode(joined.slice(colon + 1)) ?? '') }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
