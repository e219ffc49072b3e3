import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { createCaller, createKey, type NewGrant } from '../src/broker/create-caller.ts'
import type { Registration } from '../src/broker/registration.ts'
import { isDialect } from '../src/catalogue/dialects.ts'
import type { Caller, TenantSelector } from '../src/domain/caller.ts'
import { formatPermission } from '../src/domain/permission.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { setEntityTag } from '../src/http/entity-tag.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { CallerList, CallerRequest, CallerResponse, KeyRequest, KeyResponse } from '../src/schemas/callers.ts'
import { Closed, PageQuery, ref, Slug, success } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface CallersOptions {
  readonly registration: Registration
  readonly pager: Pager
}

const tags = ['Callers']
const Of = Closed({ id: Slug })

const create = {
  operationId: 'createCaller',
  tags,
  summary: 'Register a caller',
  description: 'A caller has no key at first: make one under `/callers/{id}/keys`.',
  body: ref(CallerRequest),
  response: { 201: success(CallerResponse, 'The caller.'), ...problemReplies },
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
  params: Of,
  response: { 200: success(CallerResponse, 'The caller.'), ...problemReplies },
}

const createKeySchema = {
  operationId: 'createKey',
  tags,
  summary: 'Make an API key',
  description:
    'The key is shown once. Two may be valid at a time, so that one can replace the other without a gap.',
  params: Of,
  body: ref(KeyRequest),
  response: { 201: success(KeyResponse, 'The key, this once.'), ...problemReplies },
}

export const callers: FastifyPluginCallbackTypebox<CallersOptions> = (app, { registration, pager }, done) => {
  const { registry } = registration
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')

  app.post('/callers', { schema: create, onRequest: operator }, async (request, reply) => {
    const { grants, dialect, enabled, id, role } = request.body
    const input = {
      id,
      role,
      enabled: enabled ?? true,
      grants: grants.map(toGrant),
      ...(dialect === undefined ? {} : { dialect }),
    }
    const actor = { caller: request.caller.id, requestId: request.id }
    const caller = unwrap(await createCaller(registration, actor, input))
    reply.code(201).header('location', `/callers/${caller.id}`)
    setEntityTag(reply, caller)
    return toReply(caller)
  })

  app.get('/callers', { schema: list, onRequest: reader }, async (request, reply) => {
    const snapshot = unwrap(await registry.current())
    const { items, ...next } = pager.page(snapshot.callers(), request.query, '/callers', reply)
    return { items: items.map(toReply), ...next }
  })

  app.get('/callers/:id', { schema: read, onRequest: reader }, async (request, reply) => {
    const { id } = request.params
    const caller = unwrap(await registry.current()).caller(id)
    if (caller === undefined) throw new FailureError({ code: 'not_found', kind: 'caller', id })
    setEntityTag(reply, caller)
    return toReply(caller)
  })

  app.post('/callers/:id/keys', { schema: createKeySchema, onRequest: operator }, async (request, reply) => {
    const { expires_at } = request.body
    const expiresAt = expires_at === undefined ? undefined : new Date(expires_at).toISOString()
    const actor = { caller: request.caller.id, requestId: request.id }
    const { key, createdAt, ...expiry } = unwrap(
      await createKey(registration, actor, request.params.id, expiresAt),
    )
    reply.code(201).header('cache-control', 'no-store')
    return {
      id: key.id,
      key: key.text,
      created_at: createdAt,
      ...(expiry.expiresAt === undefined ? {} : { expires_at: expiry.expiresAt }),
    }
  })
  done()
}

type WireGrant = CallerRequest['grants'][number]

function toGrant({ tenants, permissions, excess }: WireGrant): NewGrant {
  return { tenants: toSelector(tenants), permissions, excess: excess ?? 'refuse' }
}

function toSelector(tenants: WireGrant['tenants']): TenantSelector {
  if (tenants === '*') return { kind: 'all' }
  return 'ids' in tenants ? { kind: 'ids', ids: tenants.ids } : { kind: 'labels', labels: tenants.labels }
}

function fromSelector(selector: TenantSelector): WireGrant['tenants'] {
  switch (selector.kind) {
    case 'all':
      return '*'
    case 'ids':
      return { ids: [...selector.ids] }
    case 'labels':
      return { labels: { ...selector.labels } }
  }
}

function toReply(caller: Caller): CallerResponse {
  return {
    id: caller.id,
    role: caller.role,
    ...(isDialect(caller.dialect) ? { dialect: caller.dialect } : {}),
    enabled: caller.enabled,
    grants: caller.grants.map(({ tenants, permissions, excess }) => ({
      tenants: fromSelector(tenants),
      permissions: permissions.map(formatPermission),
      excess,
    })),
    keys: caller.keys.map(({ id, createdAt, expiresAt }) => ({
      id,
      created_at: createdAt,
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    })),
    created_at: caller.createdAt,
    updated_at: caller.updatedAt,
  }
}
