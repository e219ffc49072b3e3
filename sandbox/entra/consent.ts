import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { approvalPage, outcomePage, permissionsPage, refusalPage } from './consent-page.ts'
import { type ConsentRequest, readConsentRequest } from './consent-request.ts'
import type { ConsentError } from './directory.ts'
import { isGuid, type RandomBytes } from './identifiers.ts'
import { adminApproval } from './refusals.ts'
import { createTrace, describe } from './replies.ts'
import type { EntraState } from './state.ts'

export interface ConsentContext {
  readonly state: EntraState
  readonly now: () => number
  readonly randomBytes: RandomBytes
}

interface DirectoryParams {
  Params: { directory: string }
}

const path = '/:directory/adminconsent'

/** The v1 admin-consent endpoint. Who opens its page is up to the control of the directory. */
export function consent(scope: FastifyInstance, context: ConsentContext): void {
  scope.get<DirectoryParams>(path, async (request, reply) => {
    const query = new URL(request.url, 'https://localhost').searchParams
    return answer(context, request, reply, query, (asked) => {
      const { consentError, visitor } = asked.directory
      if (consentError !== null && asked.redirectUri !== undefined) {
        reply.redirect(returnUrl(asked.redirectUri, asked, consentError))
        return undefined
      }
      return visitor === 'user' ? approvalPage(asked) : permissionsPage(asked)
    })
  })
  scope.post<DirectoryParams>(path, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    return answer(context, request, reply, form, (asked) => {
      const { application, directory, redirectUri } = asked
      const isAdministrator = directory.visitor !== 'user'
      const accepted = isAdministrator && form.get('decision') === 'accept'
      // Somebody who administers another directory can consent for that one alone.
      const consenting = isGuid(directory.visitor) ? directory.visitor : directory.id
      if (accepted) {
        context.state.directories.addConsent(consenting, application.clientId, application.requiredRoles)
      }
      if (redirectUri === undefined) return outcomePage(asked, accepted)
      const outcome = accepted
        ? { admin_consent: 'True', tenant: consenting }
        : isAdministrator
          ? cancelled
          : { error: 'access_denied', error_description: describe(adminApproval(application.displayName)) }
      reply.redirect(returnUrl(redirectUri, asked, outcome))
      return undefined
    })
  })
}

function answer(
  { state, now, randomBytes }: ConsentContext,
  request: FastifyRequest<DirectoryParams>,
  reply: FastifyReply,
  parameters: URLSearchParams,
  respond: (asked: ConsentRequest) => string | undefined,
): FastifyReply {
  const trace = createTrace(request.headers, now(), randomBytes)
  reply.headers({
    'cache-control': 'no-store',
    'content-type': 'text/html; charset=utf-8',
    // Without form-action: Chromium applies it to the redirect that answers the form, too.
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-ms-request-id': trace.traceId,
  })
  const asked = readConsentRequest(state, request.params.directory, parameters)
  if (!asked.ok) return reply.code(400).send(refusalPage(asked.failure, trace))
  const content = respond(asked.value)
  return content === undefined ? reply : reply.send(content)
}

const cancelled = { error: 'access_denied', error_subcode: 'cancel' }

/** As v1 comes back: `state` only where it was sent, and neither `tenant` nor `admin_consent` with an error. */
function returnUrl(
  redirectUri: string,
  { asked }: ConsentRequest,
  outcome: ConsentError | { readonly admin_consent: string; readonly tenant: string },
): string {
  const query = new URLSearchParams({ ...outcome })
  if (asked.state !== undefined) query.set('state', asked.state)
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}
