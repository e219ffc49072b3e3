import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { PageQuery } from '../schemas/common.ts'
import { FailureError } from './problems.ts'

const defaultSize = 50

export interface Page<T> {
  items: T[]
  next_page_token?: string
}

export interface Pager {
  /** One page of records that are sorted by id; a `Link` header names the next (RFC 8288). */
  page<T extends { readonly id: string }>(
    records: readonly T[],
    query: PageQuery,
    path: string,
    reply: FastifyReply,
  ): Page<T>
}

/** Pages by cursor: the last id seen, so that records made or deleted meanwhile shift nothing. `keys`: to sign with, first. */
export function createPager(keys: readonly Buffer[]): Pager {
  const seal = (key: Buffer, cursor: string) =>
    createHmac('sha256', key).update(cursor).digest().subarray(0, 16)

  function write(path: string, id: string): string {
    const [key] = keys
    if (key === undefined) throw new Error('no key to sign page tokens with')
    const cursor = `${path} ${id}`
    return `${Buffer.from(id).toString('base64url')}.${seal(key, cursor).toString('base64url')}`
  }

  function read(path: string, token: string): string {
    const [id, mac] = token.split('.').map((part) => Buffer.from(part, 'base64url'))
    const genuine = keys.some((key) => {
      const expected = seal(key, `${path} ${id?.toString()}`)
      return mac?.length === expected.length && timingSafeEqual(mac, expected)
    })
    if (id !== undefined && genuine) return id.toString()
    const detail = 'This is not a page token of this list.'
    throw new FailureError({
      code: 'invalid_request',
      faults: [{ pointer: 'querystring/page_token', detail }],
    })
  }

  return {
    page(records, query, path, reply) {
      const after = query.page_token === undefined ? undefined : read(path, query.page_token)
      const rest = after === undefined ? records : records.filter(({ id }) => id > after)
      const size = Number(query.page_size ?? defaultSize)
      const items = rest.slice(0, size)
      const last = items.at(-1)
      if (last === undefined || rest.length <= size) return { items }
      const token = write(path, last.id)
      reply.header('link', `<${path}?page_size=${size}&page_token=${token}>; rel="next"`)
      return { items, next_page_token: token }
    },
  }
}
