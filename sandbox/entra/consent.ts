import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { outcomePage, permissionsPage, refusalPage } from './consent-page.ts'
import { type ConsentRequest, readConsentRequest } from './consent-request.ts'
import type { RandomBytes } from './identifiers.ts'
import { createTrace } from './replies.ts'
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

/** The v1 admin-consent endpoint. Whoever opens its page counts as the directory's administrator. */
export function consent(scope: FastifyInstance, context: ConsentContext): void {
  scope.get<DirectoryParams>(path, async (request, reply) => {
    const query = new URL(request.url, 'https://localhost').searchParams
    return answer(context, request, reply, query, permissionsPage)
  })
  scope.post<DirectoryParams>(path, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    return answer(context, request, reply, form, (asked) => {
      const accepted = form.get('decision') === 'accept'
      const { application, directory, redirectUri } = asked
      if (accepted) {
        context.state.directories.addConsent(directory.id, application.clientId, application.requiredRoles)
      }
      if (redirectUri === undefined) return outcomePage(asked, accepted)
      reply.redirect(outcomeUrl(redirectUri, asked, accepted))
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

/** As v1 comes back: `state` only where it was sent, and neither `tenant` nor `admin_consent` on Cancel. */
function outcomeUrl(redirectUri: string, { directory, asked }: ConsentRequest, accepted: boolean): string {
  const outcome = new URLSearchParams(
    accepted
      ? { admin_consent: 'True', tenant: directory.id }
      : { error: 'access_denied', error_subcode: 'cancel' },
  )
  if (asked.state !== undefined) outcome.set('state', asked.state)
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${outcome}`
}
