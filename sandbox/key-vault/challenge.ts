import type { FastifyReply, FastifyRequest } from 'fastify'
import { unauthorized } from './refusal.ts'

export type Challenge = {
  /** The authority that a client is sent to, tenant included. */
  readonly authority: () => string
  /** What the token must be for; clients check that the vault's host ends with its host. */
  readonly resource: string
  readonly authenticate: (bearer: string) => boolean | Promise<boolean>
}

/** Runs before the body is read: what an unauthenticated request carries is never looked at. */
export async function demandBearer(
  request: FastifyRequest,
  reply: FastifyReply,
  challenge: Challenge,
): Promise<void> {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined && (await challenge.authenticate(bearer))) return
  const { authority, resource } = challenge
  reply.header('www-authenticate', `Bearer authorization="${authority()}", resource="${resource}"`)
  throw unauthorized(
    bearer === undefined
      ? 'AKV10000: Request is missing a Bearer or PoP token.'
      : 'AKV10046: Unable to resolve the key used for signature validation.',
  )
}
