import { fail, ok, type Result } from '../../src/domain/result.ts'
import type { Application } from './application.ts'
import type { Directory } from './directory.ts'
import { absentApplication, missingParameter, noReplyAddress, wrongRedirectUri } from './refusals.ts'
import type { Refusal } from './replies.ts'
import { type EntraState, resolveDirectory } from './state.ts'

/** What came in the query, or back in the form. */
export interface AskedConsent {
  readonly client_id: string
  readonly redirect_uri?: string
  readonly state?: string
}

export interface ConsentRequest {
  readonly application: Application
  readonly directory: Directory
  /** Undefined where the application has none. */
  readonly redirectUri: string | undefined
  readonly asked: AskedConsent
}

/** Everything is checked again when the form comes back: it may hold anything by then. */
export function readConsentRequest(
  entra: EntraState,
  directoryName: string,
  parameters: URLSearchParams,
): Result<ConsentRequest, Refusal> {
  const directory = resolveDirectory(entra, directoryName)
  if (!directory.ok) return directory
  const clientId = parameters.get('client_id')
  if (!clientId) return fail(missingParameter('client_id'))
  const application = entra.application(clientId)
  if (application === undefined) return fail(absentApplication(clientId, directory.value.displayName))
  const redirectUri = readRedirectUri(application, parameters.get('redirect_uri'))
  if (!redirectUri.ok) return redirectUri
  const redirect_uri = parameters.get('redirect_uri')
  const state = parameters.get('state')
  const asked = {
    client_id: clientId,
    ...(redirect_uri === null ? undefined : { redirect_uri }),
    ...(state === null ? undefined : { state }),
  }
  return ok({ application, directory: directory.value, redirectUri: redirectUri.value, asked })
}

function readRedirectUri(
  { clientId, redirectUris }: Application,
  asked: string | null,
): Result<string | undefined, Refusal> {
  if (!asked) return ok(redirectUris[0])
  if (redirectUris.length === 0) return fail(noReplyAddress())
  return redirectUris.includes(asked) ? ok(asked) : fail(wrongRedirectUri(asked, clientId))
}
