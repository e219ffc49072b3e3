import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../broker/ports.ts'
import type { Precondition, Put } from '../broker/put.ts'
import { readRevision, setEntityTag } from './entity-tag.ts'
import { FailureError } from './problems.ts'

export function actorOf(request: FastifyRequest): Actor {
  return { caller: request.caller.id, requestId: request.id }
}

/** PUT and DELETE take If-Match where it is given (RFC 9110 §13.1.1). */
export function preconditionOf(request: FastifyRequest): Precondition {
  const revision = readRevision(request)
  return revision === undefined ? 'any' : { revision }
}

/** The path names the record; a body that names another one is a mistake. */
export function withPathId<T extends { readonly id?: string }>(
  body: T,
  id: string,
): T & { readonly id: string } {
  if (body.id === undefined || body.id === id) return { ...body, id }
  const detail = `The path names "${id}"; leave this member out or make it the same.`
  throw new FailureError({ code: 'invalid_request', faults: [{ pointer: '/id', detail }] })
}

/** 201 where the record is new, else 200; the same ETag as before where nothing was written. */
export function announce<T extends { readonly id: string; readonly revision: number }>(
  reply: FastifyReply,
  collection: string,
  { record, outcome }: Put<T>,
): T {
  setEntityTag(reply, record)
  if (outcome === 'created') reply.code(201).header('location', `${collection}/${record.id}`)
  return record
}
