import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PageQuery } from '../schemas/common.ts'
import { FailureError } from './problems.ts'

const defaultSize = 50

export interface Page<T> {
  items: T[]
  next_page_token?: string
}

/**
 * Pages by cursor: the place where the last page ended, so that records made or deleted meanwhile shift nothing.
 * Tokens are signed, so a cursor is always one that the broker wrote for this very list.
 */
export interface Pager {
  /** The size that is asked for and the cursor, undefined on the first page. */
  read(query: PageQuery, path: string): { readonly size: number; readonly after: string | undefined }
  /** Names the next page in the body and, with the filters of this request, in a `Link` header (RFC 8288). */
  next(
    request: FastifyRequest,
    path: string,
    cursor: string,
    reply: FastifyReply,
  ): { next_page_token: string }
  /** One page of records that are sorted by id. */
  page<T extends { readonly id: string }>(
    records: readonly T[],
    request: FastifyRequest<{ Querystring: PageQuery }>,
    path: string,
    reply: FastifyReply,
  ): Page<T>
}

/** `keys`: to sign with, the current one first. */
export function createPager(keys: readonly Buffer[]): Pager {
  const seal = (key: Buffer, path: string, cursor: string) =>
    createHmac('sha256', key).update(`${path} ${cursor}`).digest().subarray(0, 16)

  function write(path: string, cursor: string): string {
    const [key] = keys
    if (key === undefined) throw new Error('no key to sign page tokens with')
    return `${Buffer.from(cursor).toString('base64url')}.${seal(key, path, cursor).toString('base64url')}`
  }

  function verify(path: string, token: string): string {
    const [cursor = '', mac] = token.split('.').map((part) => Buffer.from(part, 'base64url'))
    const genuine = keys.some((key) => {
      const expected = seal(key, path, cursor.toString())
      return mac?.length === expected.length && timingSafeEqual(mac, expected)
    })
    if (genuine) return cursor.toString()
    const detail = 'This is not a page token of this list.'
    throw new FailureError({
      code: 'invalid_request',
      faults: [{ pointer: 'querystring/page_token', detail }],
    })
  }

  const pager: Pager = {
    read: (query, path) => ({
      size: Number(query.page_size ?? defaultSize),
      after: query.page_token === undefined ? undefined : verify(path, query.page_token),
    }),
    next(request, path, cursor, reply) {
      const token = write(path, cursor)
      const query = new URLSearchParams(Object.entries(request.query ?? {}))
      query.set('page_token', token)
      reply.header('link', `<${path}?${query}>; rel="next"`)
      return { next_page_token: token }
    },
    page(records, request, path, reply) {
      const { size, after } = pager.read(request.query, path)
      const rest = after === undefined ? records : records.slice(firstAfter(records, after))
      const items = rest.slice(0, size)
      const last = items.at(-1)
      if (last === undefined || rest.length <= size) return { items }
      return { items, ...pager.next(request, path, last.id, reply) }
    },
  }
  return pager
}

/** Binary search: a list may be a hundred thousand records long. */
function firstAfter(records: readonly { readonly id: string }[], id: string): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((records[middle]?.id ?? '') <= id) low = middle + 1
    else high = middle
  }
  return low
}
