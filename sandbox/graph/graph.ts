import { randomBytes as strongRandomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { sandboxControl } from '../control.ts'
import { newGuid, type RandomBytes } from '../entra/identifiers.ts'
import { isRecord } from '../entra/jwt.ts'
import { authenticate, type GraphClaims, type VerifyToken } from './authenticate.ts'
import { deniedBy, isGraphError, markReply, notFound, onlyDelegated, sendError } from './errors.ts'
import { type Operation, operations } from './operations.ts'

export interface GraphOptions {
  /** The Entra whose tokens count. */
  readonly verifyToken: VerifyToken
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly randomBytes?: RandomBytes
}

export interface Graph {
  /** Everything it serves, its control API included. */
  readonly plugin: FastifyPluginAsync
}

/** A small Microsoft Graph: it checks tokens and roles as the real one does and holds a few fixed mailboxes. */
export function createGraph(options: GraphOptions): Graph {
  const plugin: FastifyPluginAsync = async (app) => {
    await app.register(sandboxControl, { now: options.now })
    await app.register(async (scope) => serve(scope, options), { prefix: '/v1.0' })
    const unknown = guarded(options, () => notFound)
    app.setNotFoundHandler(async (request, reply) => unknown(request, reply))
  }
  return { plugin }
}

function serve(scope: FastifyInstance, options: GraphOptions): void {
  for (const operation of operations) {
    scope.route({
      method: operation.method,
      url: operation.url,
      handler: guarded(options, (claims, request) => perform(operation, claims, request)),
    })
  }
  // An app-only token stands for nobody.
  for (const url of ['/me', '/me/*'])
    scope.all(
      url,
      guarded(options, () => onlyDelegated),
    )
}

type Perform = (claims: GraphClaims, request: FastifyRequest) => object | undefined

/** The token is looked at before anything else, whether the path exists or not. */
function guarded({ verifyToken, now, randomBytes }: GraphOptions, respond: Perform) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    markReply(request, reply, newGuid(randomBytes ?? strongRandomBytes))
    const caller = authenticate(request.headers.authorization, verifyToken, now())
    if (!caller.ok) return sendError(reply, caller.failure, now())
    const answer = respond(caller.value, request)
    if (answer === undefined) return reply.code(202).send()
    if (isGraphError(answer)) return sendError(reply, answer, now())
    return reply
      .type(
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
      )
      .send(JSON.stringify(answer))
  }
}

function perform(operation: Operation, claims: GraphClaims, request: FastifyRequest) {
  const roles = new Set(claims.roles ?? [])
  if (!operation.roles.some((role) => roles.has(role))) return deniedBy[operation.refusedBy]
  const user = isRecord(request.params) ? request.params['user'] : undefined
  const { searchParams } = new URL(request.url, 'https://localhost')
  return operation.answer({
    directoryId: claims.tid,
    roles,
    user: typeof user === 'string' ? user : '',
    query: searchParams,
    body: request.body,
  })
}
