import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { createKey, removeKey } from '../src/broker/keys.ts'
import type { Registration } from '../src/broker/registration.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { actorOf } from '../src/http/write.ts'
import { KeyList, KeyRequest, KeyResponse } from '../src/schemas/callers.ts'
import { Closed, ref, Slug, success } from '../src/schemas/common.ts'
import { nothing, problemReplies } from '../src/schemas/problem.ts'

export interface KeysOptions {
  readonly registration: Registration
}

const tags = ['Callers']

const create = {
  operationId: 'createKey',
  tags,
  summary: 'Make an API key',
  description:
    'The key is shown once. Two may be valid at a time, so that one can replace the other without a gap.',
  params: Closed({ id: Slug }),
  body: ref(KeyRequest),
  response: { 201: success(KeyResponse, 'The key, this once.'), ...problemReplies },
}

const list = {
  operationId: 'listKeys',
  tags,
  summary: 'List the keys of a caller',
  params: Closed({ id: Slug }),
  response: {
    200: success(KeyList, 'At most two that are valid, and those that have expired.'),
    ...problemReplies,
  },
}

const remove = {
  operationId: 'deleteKey',
  tags,
  summary: 'Revoke a key',
  description:
    'Within seconds no replica accepts it. The last key of the only operator who can sign in stays, unless an identity is left.',
  params: Closed({ id: Slug, key: Slug }),
  response: { 204: nothing, ...problemReplies },
}

export const keys: FastifyPluginCallbackTypebox<KeysOptions> = (app, { registration }, done) => {
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')

  app.post('/callers/:id/keys', { schema: create, onRequest: operator }, async (request, reply) => {
    const { expires_at } = request.body
    const expiresAt = expires_at === undefined ? undefined : new Date(expires_at).toISOString()
    const created = unwrap(await createKey(registration, actorOf(request), request.params.id, expiresAt))
    reply.code(201).header('cache-control', 'no-store')
    return {
      id: created.key.id,
      key: created.key.text,
      created_at: created.createdAt,
      ...(created.expiresAt !== undefined && { expires_at: created.expiresAt }),
    }
  })

  app.get('/callers/:id/keys', { schema: list, onRequest: reader }, async (request) => {
    const { id } = request.params
    const caller = unwrap(await registration.registry.current()).caller(id)
    if (caller === undefined) throw new FailureError({ code: 'not_found', kind: 'caller', id })
    return {
      items: caller.keys.map((key) => ({
        id: key.id,
        created_at: key.createdAt,
        ...(key.expiresAt !== undefined && { expires_at: key.expiresAt }),
      })),
    }
  })

  app.delete('/callers/:id/keys/:key', { schema: remove, onRequest: operator }, async (request, reply) => {
    unwrap(await removeKey(registration, actorOf(request), request.params.id, request.params.key))
    return reply.code(204).send(null)
  })
  done()
}
