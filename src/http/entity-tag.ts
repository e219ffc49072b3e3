import type { FastifyReply, FastifyRequest } from 'fastify'
import { FailureError } from './problems.ts'

/** A record's version as a strong entity tag (RFC 9110 §8.8.3). */
export function setEntityTag(reply: FastifyReply, { revision }: { readonly revision: number }): void {
  reply.header('etag', `"${revision}"`)
}

/** The revision that If-Match names; undefined where there is no If-Match. */
export function readRevision(request: FastifyRequest): number | undefined {
  const tag = request.headers['if-match']
  if (tag === undefined) return undefined
  const revision = /^"(\d{1,15})"$/.exec(tag)?.[1]
  // Anything else is no tag of ours, so no record has it.
  if (revision === undefined) throw new FailureError({ code: 'precondition_failed' })
  return Number(revision)
}

/** Whoever patches a record must say which version they read (RFC 6585 §3). */
export function requireRevision(request: FastifyRequest): number {
  const revision = readRevision(request)
  if (revision === undefined) throw new FailureError({ code: 'precondition_required' })
  return revision
}
