import type { FastifyReply, FastifyRequest } from 'fastify'

/** What Graph says no with. */
export interface GraphError {
  readonly status: 400 | 401 | 403 | 404
  readonly code: string
  readonly message: string
}

export const notFound: GraphError = {
  status: 404,
  code: 'ResourceNotFound',
  message: 'Resource could not be discovered.',
}

export const onlyDelegated: GraphError = {
  status: 400,
  code: 'BadRequest',
  message: '/me request is only valid with delegated authentication flow.',
}

export function invalidToken(message: string): GraphError {
  return { status: 401, code: 'InvalidAuthenticationToken', message }
}

export function invalidUser(id: string): GraphError {
  return { status: 404, code: 'ErrorInvalidUser', message: `The requested user '${id}' is invalid.` }
}

/** Exchange, behind the mailbox paths, and the directory word the same refusal differently. */
export const deniedBy = {
  exchange: {
    status: 403,
    code: 'ErrorAccessDenied',
    message: 'Access is denied. Check credentials and try again.',
  },
  directory: {
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
  },
} as const satisfies Record<string, GraphError>

export function isGraphError(value: object): value is GraphError {
  return 'code' in value && 'status' in value && 'message' in value
}

/** The ids that every reply carries; the client's own one is echoed where it sent one. */
export function markReply(request: FastifyRequest, reply: FastifyReply, requestId: string): void {
  const asked = request.headers['client-request-id']
  reply.headers({
    'cache-control': 'no-cache',
    'request-id': requestId,
    'client-request-id': typeof asked === 'string' ? asked : requestId,
  })
}

/** `now` in Unix milliseconds. Needs `markReply` before. */
export function sendError(reply: FastifyReply, { status, code, message }: GraphError, now: number) {
  if (status === 401) {
    reply.header(
      'www-authenticate',
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
    )
  }
  const innerError = {
    date: new Date(now).toISOString().slice(0, 19),
    'request-id': reply.getHeader('request-id'),
    'client-request-id': reply.getHeader('client-request-id'),
  }
  return reply.code(status).send({ error: { code, message, innerError } })
}
