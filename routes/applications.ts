import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { applicationDocument } from '../src/broker/documents.ts'
import { putApplication } from '../src/broker/put-application.ts'
import { removeApplication } from '../src/broker/remove-application.ts'
import type { CredentialRemovalOptions } from '../src/broker/remove-credential.ts'
import type { Application } from '../src/domain/application.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { requireRevision, setEntityTag } from '../src/http/entity-tag.ts'
import { patched } from '../src/http/merge-patch.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { actorOf, announce, preconditionOf, withPathId } from '../src/http/write.ts'
import {
  ApplicationList,
  ApplicationReplacement,
  ApplicationRequest,
  ApplicationResponse,
} from '../src/schemas/applications.ts'
import { Closed, IfMatchHeader, MergePatch, PageQuery, ref, Slug, success } from '../src/schemas/common.ts'
import { nothing, problemReplies } from '../src/schemas/problem.ts'

export interface ApplicationsOptions {
  readonly registration: CredentialRemovalOptions
  readonly pager: Pager
  /** Where Entra sends administrators back to. */
  readonly redirectUri: string
}

const tags = ['Applications']
const params = Closed({ id: Slug })
const one = success(ApplicationResponse, 'The application.')

const create = {
  operationId: 'createApplication',
  tags,
  summary: 'Register an application',
  description: 'The app registration itself is made in Entra; this tells the broker of it.',
  body: ref(ApplicationRequest),
  response: { 201: one, ...problemReplies },
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
  params,
  response: { 200: one, ...problemReplies },
}

const put = {
  operationId: 'putApplication',
  tags,
  summary: 'Create or replace an application',
  description:
    'The same body twice changes nothing: 200, and the same ETag. `client_id` and `cloud` never change.',
  params,
  headers: IfMatchHeader,
  body: ref(ApplicationReplacement),
  response: { 200: one, 201: one, ...problemReplies },
}

const patch = {
  operationId: 'patchApplication',
  tags,
  summary: 'Change an application',
  params,
  headers: IfMatchHeader,
  consumes: ['application/merge-patch+json', 'application/json'],
  body: MergePatch('Application', { display_name: 'Contoso Sync', support_url: null }),
  response: { 200: one, ...problemReplies },
}

const remove = {
  operationId: 'deleteApplication',
  tags,
  summary: 'Remove an application',
  description:
    'Refused while a tenant uses it or a credential of it is not retired. Its retired credentials go with it.',
  params,
  headers: IfMatchHeader,
  response: { 204: nothing, ...problemReplies },
}

const merged = ref(ApplicationRequest)

export const applications: FastifyPluginCallbackTypebox<ApplicationsOptions> = (app, options, done) => {
  const { registration, pager, redirectUri } = options
  const { registry } = registration
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')
  const present = (application: Application) => toReply(application, redirectUri)

  async function find(id: string): Promise<Application> {
    const application = unwrap(await registry.current()).application(id)
    if (application === undefined) throw new FailureError({ code: 'not_found', kind: 'application', id })
    return application
  }

  app.post('/applications', { schema: create, onRequest: operator }, async (request, reply) => {
    const written = unwrap(await putApplication(registration, actorOf(request), request.body, 'absent'))
    return present(announce(reply, '/applications', written))
  })

  app.get('/applications', { schema: list, onRequest: reader }, async (request, reply) => {
    const snapshot = unwrap(await registry.current())
    const { items, ...next } = pager.page(snapshot.applications(), request, '/applications', reply)
    return { items: items.map(present), ...next }
  })

  app.get('/applications/:id', { schema: read, onRequest: reader }, async (request, reply) => {
    const application = await find(request.params.id)
    setEntityTag(reply, application)
    return present(application)
  })

  app.put('/applications/:id', { schema: put, onRequest: operator }, async (request, reply) => {
    const document = withPathId(request.body, request.params.id)
    const written = unwrap(
      await putApplication(registration, actorOf(request), document, preconditionOf(request)),
    )
    return present(announce(reply, '/applications', written))
  })

  app.patch('/applications/:id', { schema: patch, onRequest: operator }, async (request, reply) => {
    const revision = requireRevision(request)
    const document = patched(request, merged, applicationDocument(await find(request.params.id)))
    const written = await putApplication(
      registration,
      actorOf(request),
      withPathId(document, request.params.id),
      { revision },
    )
    return present(announce(reply, '/applications', unwrap(written)))
  })

  app.delete('/applications/:id', { schema: remove, onRequest: operator }, async (request, reply) => {
    unwrap(
      await removeApplication(registration, actorOf(request), request.params.id, preconditionOf(request)),
    )
    return reply.code(204).send(null)
  })
  done()
}

function toReply(application: Application, redirectUri: string): ApplicationResponse {
  return {
    ...applicationDocument(application),
    redirect_uri: redirectUri,
    created_at: application.createdAt,
    updated_at: application.updatedAt,
  }
}
