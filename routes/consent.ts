import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { BeginConsent } from '../src/broker/begin-consent.ts'
import type { CompleteConsent } from '../src/broker/complete-consent.ts'
import type { ConsentReply } from '../src/broker/consent-errors.ts'
import type { ReadConsentOutcome } from '../src/broker/consent-outcome.ts'
import type { ConsentSubject, OpenConsentLink } from '../src/broker/consent-subject.ts'
import type { Application } from '../src/domain/application.ts'
import type { Tenant } from '../src/domain/tenant.ts'
import { acceptEmptyForms, answerPageError } from '../src/http/consent-errors.ts'
import { stylesheet, stylesheetPath } from '../src/http/consent-pages/pages.ts'
import { sendDeparture, sendLanding, sendOutcome } from '../src/http/consent-replies.ts'
import { createConsentVisitor } from '../src/http/consent-visitor.ts'
import * as schemas from '../src/schemas/consent.ts'

export interface ConsentOptions {
  readonly openLink: OpenConsentLink
  readonly beginConsent: BeginConsent
  readonly completeConsent: CompleteConsent
  readonly readOutcome: ReadConsentOutcome
  /** The path of a consent link that is made now. */
  readonly linkPath: (tenant: Tenant, application: Application) => string
  readonly publicUrl: string
}

const refusals = { link_invalid: 404, too_many: 429, unavailable: 503 } as const
/** Outcomes of an answer that is not what was asked for; in all others the broker did what it is there for. */
const faults: Readonly<Record<string, number>> = {
  link_invalid: 400,
  other_browser: 400,
  already_used: 400,
  wrong_directory: 400,
  unavailable: 503,
}
/** Seconds between two looks of the page that waits. */
const lookEvery = 2
const config = { public: true }

export const consent: FastifyPluginCallbackTypebox<ConsentOptions> = (app, options, done) => {
  const { openLink, beginConsent, completeConsent, readOutcome } = options
  const visitor = createConsentVisitor(options.publicUrl)
  const retryOf = (subject: ConsentSubject) => options.linkPath(subject.tenant, subject.application)
  acceptEmptyForms(app)
  app.setErrorHandler(answerPageError)

  app.get('/consent/:ticket', { schema: schemas.openLink, config }, (request, reply) => {
    const opened = openLink(request.params.ticket)
    if (opened.ok) return sendLanding(request, reply, opened.value, `/consent/${request.params.ticket}`)
    return sendOutcome(request, reply, {
      status: refusals[opened.failure],
      outcome: { kind: opened.failure },
    })
  })

  app.post('/consent/:ticket', { schema: schemas.beginConsent, config }, async (request, reply) => {
    const { ticket } = request.params
    if (visitor.isForeign(request)) {
      return sendOutcome(request, reply, { status: 403, outcome: { kind: 'link_invalid' } })
    }
    const begun = await beginConsent(ticket, visitor.browser(request))
    if (begun.ok) {
      visitor.remember(reply, begun.value.browser)
      return sendDeparture(request, reply, begun.value.url)
    }
    return sendOutcome(request, reply, { status: refusals[begun.failure], outcome: { kind: begun.failure } })
  })

  // Not for HEAD: it ends a visit.
  const once = { schema: schemas.callback, config, exposeHeadRoute: false }
  app.get('/consent/callback', once, async (request, reply) => {
    const completed = await completeConsent(readReply(request), visitor.browser(request))
    report(request, completed)
    if (completed.kind === 'approved') {
      return reply
        .header('cache-control', 'no-store')
        .header('referrer-policy', 'no-referrer')
        .redirect(`/consent/outcome/${completed.receipt}`, 303)
    }
    const subject = 'subject' in completed ? completed.subject : undefined
    return sendOutcome(request, reply, {
      status: faults[completed.kind] ?? 200,
      outcome: { kind: completed.kind },
      ...(subject !== undefined && { subject, retry: retryOf(subject) }),
    })
  })

  app.get('/consent/outcome/:receipt', { schema: schemas.outcome, config }, (request, reply) => {
    const { receipt } = request.params
    const verified = readOutcome(receipt)
    if (!('subject' in verified)) {
      const { kind } = verified
      return sendOutcome(request, reply, { status: refusals[kind], outcome: { kind } })
    }
    const { subject, kind } = verified
    if (kind === 'checking') {
      const outcome = { kind, next: `/consent/outcome/${receipt}`, seconds: lookEvery } as const
      return sendOutcome(request, reply, { status: 200, outcome, subject })
    }
    return sendOutcome(request, reply, {
      status: 200,
      outcome: kind === 'permissions_missing' ? { kind, permissions: verified.permissions } : { kind },
      subject,
      ...(kind !== 'ready' && { retry: retryOf(subject) }),
      ...('correlationId' in verified && { microsoftReference: verified.correlationId }),
    })
  })

  app.get(stylesheetPath, { schema: { hide: true }, config }, (_request, reply) =>
    reply
      .type('text/css; charset=utf-8')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('x-content-type-options', 'nosniff')
      .send(stylesheet),
  )
  done()
}

/** What was sent once; a parameter that is there twice is nobody's. */
function readReply({ query }: FastifyRequest): ConsentReply {
  const sent = new Map(Object.entries(query ?? {}).filter(([, value]) => typeof value === 'string'))
  const one = (member: keyof ConsentReply, name: string) =>
    sent.has(name) ? { [member]: String(sent.get(name)) } : {}
  return {
    ...one('state', 'state'),
    ...one('tenant', 'tenant'),
    ...one('adminConsent', 'admin_consent'),
    ...one('error', 'error'),
    ...one('errorSubcode', 'error_subcode'),
    ...one('errorDescription', 'error_description'),
  }
}

/** For operators: who came back, and how. Of what Microsoft said, a number at most. */
function report({ id, log }: FastifyRequest, completed: Awaited<ReturnType<CompleteConsent>>): void {
  const subject = 'subject' in completed ? completed.subject : undefined
  const aadsts = 'aadsts' in completed ? completed.aadsts : undefined
  const about = { tenant: subject?.tenant.id, application: subject?.application.id, aadsts }
  log.info({ request_id: id, outcome: completed.kind, ...about }, 'an administrator came back from Microsoft')
}
