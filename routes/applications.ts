import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { createApplication } from '../src/broker/create-application.ts'
import type { Registration } from '../src/broker/registration.ts'
import type { Application } from '../src/domain/application.ts'
import { formatPermission } from '../src/domain/permission.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { setEntityTag } from '../src/http/entity-tag.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { ApplicationList, ApplicationRequest, ApplicationResponse } from '../src/schemas/applications.ts'
import { Closed, PageQuery, ref, Slug, success } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface ApplicationsOptions {
  readonly registration: Registration
  readonly pager: Pager
  /** Where Entra sends administrators back to. */
  readonly redirectUri: string
}

const tags = ['Applications']

const create = {
  operationId: 'createApplication',
  tags,
  summary: 'Register an application',
  description: 'The app registration itself is made in Entra; this tells the broker of it.',
  body: ref(ApplicationRequest),
  response: { 201: success(ApplicationResponse, 'The application.'), ...problemReplies },
}

const list = {
  operationId: 'listApplications',
  tags,
  summary: 'List applications',
  querystring: PageQuery,
  response: { 200: success(ApplicationList, 'A page of applications, by id.'), ...problemReplies },
}

const read = {
  operationId: 'getApplication',
  tags,
  summary: 'Read an application',
  params: Closed({ id: Slug }),
  response: { 200: success(ApplicationResponse, 'The application.'), ...problemReplies },
}

export const applications: FastifyPluginCallbackTypebox<ApplicationsOptions> = (app, options, done) => {
  const { registration, pager, redirectUri } = options
  const { registry } = registration
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')

  app.post('/applications', { schema: create, onRequest: operator }, async (request, reply) => {
    const { client_id, display_name, support_url, return_url, signing_alg, cloud, ...rest } = request.body
    const input = {
      ...rest,
      clientId: client_id,
      displayName: display_name,
      cloud: cloud ?? 'global',
      signingAlg: signing_alg ?? 'PS256',
      ...(support_url === undefined ? {} : { supportUrl: support_url }),
      ...(return_url === undefined ? {} : { returnUrl: return_url }),
    } as const
    const actor = { caller: request.caller.id, requestId: request.id }
    const application = unwrap(await createApplication(registration, actor, input))
    reply.code(201).header('location', `/applications/${application.id}`)
    setEntityTag(reply, application)
    return toReply(application, redirectUri)
  })

  app.get('/applications', { schema: list, onRequest: reader }, async (request, reply) => {
    const snapshot = unwrap(await registry.current())
    const { items, ...next } = pager.page(snapshot.applications(), request.query, '/applications', reply)
    return { items: items.map((application) => toReply(application, redirectUri)), ...next }
  })

  app.get('/applications/:id', { schema: read, onRequest: reader }, async (request, reply) => {
    const { id } = request.params
    const application = unwrap(await registry.current()).application(id)
    if (application === undefined) throw new FailureError({ code: 'not_found', kind: 'application', id })
    setEntityTag(reply, application)
    return toReply(application, redirectUri)
  })
  done()
}

function toReply(application: Application, redirectUri: string): ApplicationResponse {
  return {
    id: application.id,
    client_id: application.clientId,
    cloud: application.cloud,
    display_name: application.displayName,
    ...(application.supportUrl === undefined ? {} : { support_url: application.supportUrl }),
    ...(application.returnUrl === undefined ? {} : { return_url: application.returnUrl }),
    permissions: application.permissions.map(formatPermission),
    signing_alg: application.signingAlg,
    redirect_uri: redirectUri,
    created_at: application.createdAt,
    updated_at: application.updatedAt,
  }
}
