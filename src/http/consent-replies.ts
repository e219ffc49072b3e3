import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ConsentSubject } from '../broker/consent-subject.ts'
import {
  type ConsentOutcome,
  chooseLanguage,
  type LandingView,
  pageHeaders,
  renderDeparture,
  renderLanding,
  renderOutcome,
} from './consent-pages/pages.ts'

/** Seconds after which a broker that is away, or that had too many visits, is worth another try. */
const retryAfter: Partial<Record<ConsentOutcome['kind'], number>> = { unavailable: 5, too_many: 60 }

/** Where a page leads to. Everything that it says of Microsoft's answer is a text of ours. */
export interface OutcomeReply {
  readonly status: number
  readonly outcome: ConsentOutcome
  readonly subject?: ConsentSubject
  readonly retry?: string
  /** Entra's correlation id. */
  readonly microsoftReference?: string | undefined
}

export function sendLanding(
  request: FastifyRequest,
  reply: FastifyReply,
  { tenant, application }: ConsentSubject,
  action: string,
): FastifyReply {
  const { supportUrl } = application
  const view: LandingView = {
    applicationName: application.displayName,
    clientId: application.clientId,
    ...(supportUrl !== undefined && { supportUrl }),
    ...(tenant.displayName !== undefined && { directoryName: tenant.displayName }),
    directoryId: tenant.directoryId,
    permissions: application.permissions,
    action,
  }
  const language = languageOf(request)
  return sendPage(reply, language, 200).send(renderLanding(view, language, request.id))
}

/**
 * Leads to Microsoft by the page itself and not by 303: Chromium holds each redirect that follows a form against
 * `form-action`, and a customer's sign-in may lead to any host.
 */
export function sendDeparture(request: FastifyRequest, reply: FastifyReply, url: string): FastifyReply {
  const language = languageOf(request)
  return sendPage(reply, language, 200).send(renderDeparture(url, language))
}

export function sendOutcome(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, outcome, subject, retry, microsoftReference }: OutcomeReply,
): FastifyReply {
  const { displayName, supportUrl, returnUrl } = subject?.application ?? {}
  const language = languageOf(request)
  const html = renderOutcome(
    {
      outcome,
      reference: request.id,
      ...(displayName !== undefined && { applicationName: displayName }),
      ...(supportUrl !== undefined && { supportUrl }),
      ...(returnUrl !== undefined && { returnUrl }),
      ...(retry !== undefined && { retry }),
      ...(microsoftReference !== undefined && { microsoftReference }),
    },
    language,
  )
  const seconds = retryAfter[outcome.kind]
  if (seconds !== undefined) reply.header('retry-after', seconds)
  return sendPage(reply, language, status).send(html)
}

function languageOf({ headers }: FastifyRequest) {
  return chooseLanguage(headers['accept-language'])
}

function sendPage(reply: FastifyReply, language: string, status: number): FastifyReply {
  return reply.code(status).headers({ ...pageHeaders, 'content-language': language })
}
