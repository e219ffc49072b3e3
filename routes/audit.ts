import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { RecordedChange } from '../src/broker/ports.ts'
import type { Registry } from '../src/broker/registry.ts'
import { requireRole } from '../src/http/authenticate.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { ChangeList, ChangeQuery } from '../src/schemas/audit.ts'
import { success } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface AuditOptions {
  readonly registry: Registry
  readonly pager: Pager
}

const schema = {
  operationId: 'listChanges',
  tags: ['Operations'],
  summary: 'List changes of the registry',
  description:
    'Who changed what, when, and in which request. Tokens that were handed out are in the audit log.',
  querystring: ChangeQuery,
  response: { 200: success(ChangeList, 'A page of changes, the newest first.'), ...problemReplies },
}

export const audit: FastifyPluginCallbackTypebox<AuditOptions> = (app, { registry, pager }, done) => {
  app.get('/audit', { schema, onRequest: requireRole('operator', 'auditor') }, async (request, reply) => {
    const { actor, target, since, until } = request.query
    const { size, after } = pager.read(request.query, '/audit')
    const before = after === undefined ? undefined : readPosition(after)
    const found = unwrap(
      await registry.changes({
        ...(actor !== undefined && { actor }),
        ...(target !== undefined && { target }),
        ...(since !== undefined && { since: new Date(since).toISOString() }),
        ...(until !== undefined && { until: new Date(until).toISOString() }),
        ...(before !== undefined && { before }),
        limit: size + 1,
      }),
    )
    const items = found.slice(0, size)
    const last = items.at(-1)
    const next =
      last === undefined || found.length <= size
        ? {}
        : pager.next(request, '/audit', writePosition(last), reply)
    return { items: items.map(toReply), ...next }
  })
  done()
}

function writePosition({ revision, position }: RecordedChange): string {
  return `${revision}-${position}`
}

function readPosition(cursor: string) {
  const [revision, position] = cursor.split('-').map(Number)
  if (revision === undefined || position === undefined)
    throw new FailureError({ code: 'invalid_request', faults: [] })
  return { revision, position }
}

function toReply({ at, actor, action, target, before, after, requestId }: RecordedChange) {
  return {
    at,
    actor,
    action,
    target,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    request_id: requestId,
  }
}
