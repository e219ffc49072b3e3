import { fail, ok, type Result } from '../../src/domain/result.ts'
import type { ClientCredential } from './client-authentication.ts'
import { missingCredentials, missingField, missingParameter, unsupportedGrant } from './refusals.ts'
import type { Refusal } from './replies.ts'

export interface TokenRequest {
  readonly clientId: string
  readonly scope: string
  /** Looked at after the scope, as Entra does. */
  readonly credential: Result<ClientCredential, Refusal>
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Reads a client-credentials request (RFC 6749 §4.4.2) with its credentials in the body or in Basic. */
export function readTokenRequest(
  form: URLSearchParams,
  authorization: string | undefined,
): Result<TokenRequest, Refusal> {
  const basic = readBasic(authorization)
  const grantType = form.get('grant_type')
  if (!grantType) return fail(missingParameter('grant_type'))
  const clientId = form.get('client_id') || basic?.clientId
  if (!clientId) return fail(missingParameter('client_id'))
  if (grantType !== 'client_credentials') return fail(unsupportedGrant(grantType))
  const scope = form.get('scope')
  if (!scope) return fail(missingField('scope'))
  return ok({ clientId, scope, credential: readCredential(form, basic?.secret) })
}

function readCredential(
  form: URLSearchParams,
  basicSecret: string | undefined,
): Result<ClientCredential, Refusal> {
  const assertion = form.get('client_assertion')
  if (assertion) {
    const type = form.get('client_assertion_type')
    if (!type) return fail(missingParameter('client_assertion_type'))
    return type === jwtBearer ? ok({ kind: 'assertion', assertion }) : fail(missingCredentials())
  }
  const secret = form.get('client_secret') || basicSecret
  return secret ? ok({ kind: 'secret', secret }) : fail(missingCredentials())
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined and base64-encoded. */
function readBasic(authorization: string | undefined): { clientId: string; secret: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const [clientId = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { clientId: formDecode(clientId), secret: formDecode(rest.join(':')) }
}

/** One value: what would part it from a next one is escaped first. */
function formDecode(value: string): string {
  return new URLSearchParams(`v=${value.replaceAll('&', '%26')}`).get('v') ?? ''
}
