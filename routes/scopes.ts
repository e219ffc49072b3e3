import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import {
  type DialectDescription,
  describeDialect,
  dialectIds,
  isDialect,
  preferredDialect,
} from '../src/catalogue/dialects.ts'
import { translate } from '../src/catalogue/translate.ts'
import { formatPermission } from '../src/domain/permission.ts'
import { FailureError } from '../src/http/problems.ts'
import { Closed, ref, Slug, success } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'
import {
  DialectList,
  DialectResponse,
  TranslationRequest,
  TranslationResponse,
} from '../src/schemas/scopes.ts'

const tags = ['Scopes']

const list = {
  operationId: 'listDialects',
  tags,
  summary: 'List the scopes of every dialect',
  response: { 200: success(DialectList, 'Every dialect.'), ...problemReplies },
}

const read = {
  operationId: 'getDialect',
  tags,
  summary: 'List the scopes of one dialect',
  params: Closed({ dialect: Slug }),
  response: { 200: success(DialectResponse, 'The dialect.'), ...problemReplies },
}

const translation = {
  operationId: 'translateScopes',
  tags,
  summary: 'Translate scopes into application permissions',
  description: 'Shows what `POST /tokens` would ask for. Issues nothing and needs no tenant.',
  body: ref(TranslationRequest),
  response: { 200: success(TranslationResponse, 'What the scopes stand for.'), ...problemReplies },
}

export const scopes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get('/scopes', { schema: list }, async () => ({
    items: dialectIds.map((id) => toReply(describeDialect(id))),
  }))

  app.get('/scopes/:dialect', { schema: read }, async (request) => {
    const { dialect } = request.params
    if (!isDialect(dialect)) throw new FailureError({ code: 'not_found', kind: 'dialect', id: dialect })
    return toReply(describeDialect(dialect))
  })

  app.post('/scopes/translations', { schema: translation }, async (request) => {
    const dialect = request.body.dialect ?? preferredDialect(request.caller.dialect)
    const { permissions, ignored, unmapped, notes } = translate(dialect, request.body.scopes)
    return {
      permissions: permissions.map(({ displayName, ...rest }) => ({ ...rest, display_name: displayName })),
      ignored: [...ignored],
      unmapped: unmapped.map((scope) => ({ ...scope, suggestions: [...scope.suggestions] })),
      notes: [...notes],
    }
  })
  done()
}

function toReply({ id, title, scopes: described }: DialectDescription): DialectResponse {
  return {
    id,
    title,
    scopes: described.map(({ permissions, aliasOf, ...rest }) => ({
      ...rest,
      permissions: permissions.map(formatPermission),
      ...(aliasOf === undefined ? {} : { alias_of: aliasOf }),
    })),
  }
}
