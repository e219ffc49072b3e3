import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { callerDocument } from '../src/broker/documents.ts'
import { putCaller, removeCaller } from '../src/broker/put-caller.ts'
import type { Registration } from '../src/broker/registration.ts'
import type { Caller } from '../src/domain/caller.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { requireRevision, setEntityTag } from '../src/http/entity-tag.ts'
import { patched } from '../src/http/merge-patch.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { actorOf, announce, preconditionOf, withPathId } from '../src/http/write.ts'
import { CallerList, CallerReplacement, CallerRequest, CallerResponse } from '../src/schemas/callers.ts'
import { Closed, IfMatchHeader, MergePatch, PageQuery, ref, Slug, success } from '../src/schemas/common.ts'
import { nothing, problemReplies } from '../src/schemas/problem.ts'

export interface CallersOptions {
  readonly registration: Registration
  readonly pager: Pager
}

const tags = ['Callers']
const params = Closed({ id: Slug })
const one = success(CallerResponse, 'The caller.')

const create = {
  operationId: 'createCaller',
  tags,
  summary: 'Register a caller',
  description:
    'A caller has no key at first: make one under `/callers/{id}/keys`, or name identities, for callers with JWTs.',
  body: ref(CallerRequest),
  response: { 201: one, ...problemReplies },
}

const list = {
  operationId: 'listCallers',
  tags,
  summary: 'List callers',
  querystring: PageQuery,
  response: { 200: success(CallerList, 'A page of callers, by id.'), ...problemReplies },
}

const read = {
  operationId: 'getCaller',
  tags,
  summary: 'Read a caller',
  params,
  response: { 200: one, ...problemReplies },
}

const put = {
  operationId: 'putCaller',
  tags,
  summary: 'Create or replace a caller',
  description: 'The same body twice changes nothing: 200, and the same ETag. Keys stay as they are.',
  params,
  headers: IfMatchHeader,
  body: ref(CallerReplacement),
  response: { 200: one, 201: one, ...problemReplies },
}

const patch = {
  operationId: 'patchCaller',
  tags,
  summary: 'Change a caller',
  description: 'The only operator who can sign in can neither be disabled nor given another role.',
  params,
  headers: IfMatchHeader,
  consumes: ['application/merge-patch+json', 'application/json'],
  body: MergePatch('Caller', { enabled: false }),
  response: { 200: one, ...problemReplies },
}

const remove = {
  operationId: 'deleteCaller',
  tags,
  summary: 'Remove a caller and its keys',
  description: 'Refused for the only operator who can sign in.',
  params,
  headers: IfMatchHeader,
  response: { 204: nothing, ...problemReplies },
}

const merged = ref(CallerRequest)

export const callers: FastifyPluginCallbackTypebox<CallersOptions> = (app, { registration, pager }, done) => {
  const { registry } = registration
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')

  async function find(id: string): Promise<Caller> {
    const caller = unwrap(await registry.current()).caller(id)
    if (caller === undefined) throw new FailureError({ code: 'not_found', kind: 'caller', id })
    return caller
  }

  app.post('/callers', { schema: create, onRequest: operator }, async (request, reply) => {
    const written = unwrap(await putCaller(registration, actorOf(request), request.body, 'absent'))
    return toReply(announce(reply, '/callers', written))
  })

  app.get('/callers', { schema: list, onRequest: reader }, async (request, reply) => {
    const snapshot = unwrap(await registry.current())
    const { items, ...next } = pager.page(snapshot.callers(), request, '/callers', reply)
    return { items: items.map(toReply), ...next }
  })

  app.get('/callers/:id', { schema: read, onRequest: reader }, async (request, reply) => {
    const caller = await find(request.params.id)
    setEntityTag(reply, caller)
    return toReply(caller)
  })

  app.put('/callers/:id', { schema: put, onRequest: operator }, async (request, reply) => {
    const document = withPathId(request.body, request.params.id)
    const written = unwrap(await putCaller(registration, actorOf(request), document, preconditionOf(request)))
    return toReply(announce(reply, '/callers', written))
  })

  app.patch('/callers/:id', { schema: patch, onRequest: operator }, async (request, reply) => {
    const { id } = request.params
    const revision = requireRevision(request)
    const document = withPathId(patched(request, merged, callerDocument(await find(id))), id)
    const written = unwrap(await putCaller(registration, actorOf(request), document, { revision }))
    return toReply(announce(reply, '/callers', written))
  })

  app.delete('/callers/:id', { schema: remove, onRequest: operator }, async (request, reply) => {
    unwrap(await removeCaller(registration, actorOf(request), request.params.id, preconditionOf(request)))
    return reply.code(204).send(null)
  })
  done()
}

function toReply(caller: Caller): CallerResponse {
  return {
    ...callerDocument(caller),
    keys: caller.keys.map(({ id, createdAt, expiresAt }) => ({
      id,
      created_at: createdAt,
      ...(expiresAt !== undefined && { expires_at: expiresAt }),
    })),
    created_at: caller.createdAt,
    updated_at: caller.updatedAt,
  }
}
