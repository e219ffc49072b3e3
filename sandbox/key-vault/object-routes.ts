import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ObjectStore } from './object-store.ts'
import { cutPage, decodeSkipToken, encodeSkipToken, type Row, readPageSize } from './page.ts'
import { Refusal } from './refusal.ts'
import { showDeleted, type View, viewOf } from './replies.ts'
import { readName, readQuery } from './request.ts'
import type { Found } from './stored-object.ts'

export type ObjectRoutes<Content> = {
  readonly collection: 'secrets' | 'keys'
  readonly store: ObjectStore<Content>
  readonly recoverableDays: number
  /** One version, as DELETE and recover answer it. */
  readonly show: (found: Found<Content>, view: View) => Record<string, unknown>
  /** One line of a list; `version` is the end of its id, empty where the list is of names. */
  readonly showItem: (found: Found<Content>, view: View, version?: string) => Record<string, unknown>
}

type Named = { Params: { name: string } }

/** Lists, soft deletion and recovery: the same for every kind of object. */
export function registerObjectRoutes<Content>(app: FastifyInstance, routes: ObjectRoutes<Content>): void {
  const { collection, store, show, showItem } = routes
  const view = (request: FastifyRequest) => viewOf(request, routes.recoverableDays)

  app.get(`/${collection}`, (request) =>
    list(request, store.rows(), (found) => showItem(found, view(request), '')),
  )
  app.get<Named>(`/${collection}/:name/versions`, (request) => {
    const rows = store.versionRows(readName(request.params.name))
    return list(request, rows, (found) => showItem(found, view(request)))
  })
  app.delete<Named>(`/${collection}/:name`, (request) => {
    const deleted = store.delete(readName(request.params.name))
    return showDeleted(deleted, collection, view(request), show(deleted, view(request)))
  })
  app.get(`/deleted${collection}`, (request) =>
    list(request, store.deletedRows(), (deleted) =>
      showDeleted(deleted, collection, view(request), showItem(deleted, view(request), '')),
    ),
  )
  app.get<Named>(`/deleted${collection}/:name`, (request) => {
    const deleted = store.getDeleted(readName(request.params.name))
    return showDeleted(deleted, collection, view(request), show(deleted, view(request)))
  })
  app.post<Named>(`/deleted${collection}/:name/recover`, (request) =>
    show(store.recover(readName(request.params.name)), view(request)),
  )
  app.delete<Named>(`/deleted${collection}/:name`, (request, reply) => {
    store.purge(readName(request.params.name))
    reply.code(204).send()
  })
  refuseTheRest(app, collection)
  refuseTheRest(app, `deleted${collection}`)
}

function list<Item>(request: FastifyRequest, rows: Row<Item>[], show: (item: Item) => object): object {
  const maxResults = readQuery(request, 'maxresults')
  const path = request.url.split('?')[0] ?? ''
  const scope = scopeOf(path)
  const fromKey = decodeSkipToken(readQuery(request, '$skiptoken'), scope)
  const page = cutPage(rows, readPageSize(maxResults), fromKey)
  return { value: page.items.map(show), nextLink: nextLink(request, path, page.nextKey, maxResults) }
}

/** `/deletedsecrets` → `deletedsecret/`, `/keys/a/versions` → `key/A/`: how the keys of its rows begin. */
function scopeOf(path: string): string {
  const [, collection = '', name] = path.split('/')
  const scope = `${collection.slice(0, -1)}/`
  return name === undefined ? scope : `${scope}${name.toUpperCase()}/`
}

/** The port is always written out, 443 too, and the token is not encoded: clients must cope with both. */
function nextLink(request: FastifyRequest, path: string, key: string | undefined, maxResults?: string) {
  if (key === undefined) return null
  const host = /:\d+$/.test(request.host) ? request.host : `${request.host}:443`
  const apiVersion = readQuery(request, 'api-version')
  const size = maxResults === undefined ? '' : `&maxresults=${maxResults}`
  return `https://${host}${path}?api-version=${apiVersion}&$skiptoken=${encodeSkipToken(key)}${size}`
}

/** A name too long for the router arrives here, and is told so as any other bad name is. */
function refuseTheRest(app: FastifyInstance, collection: string): void {
  app.all<{ Params: { '*': string } }>(`/${collection}/*`, (request) => {
    readName(request.params['*'].split('/')[0] ?? '')
    throw new Refusal(405, 'MethodNotAllowed', 'The requested operation is not supported on this resource.')
  })
}
