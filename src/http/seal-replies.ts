import type { FastifyInstance, FastifyReply } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Sets all its headers itself, because each costs the requests that are answered by the thousand. */
    setsOwnHeaders?: boolean
  }
}

/** For whatever a browser is not meant to show: nothing runs, nothing is loaded, nothing frames it or keeps it. */
const sealed = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** Sets these headers, but for those that are set already: pages have a policy of their own. */
export function seal(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(sealed)) if (!reply.hasHeader(name)) reply.header(name, value)
}

/** Seals the replies of every route that is registered from here on, unless it says that it does so itself. */
export function sealReplies(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.setsOwnHeaders) return
    const others = route.onSend === undefined ? [] : [route.onSend].flat()
    route.onSend = [
      ...others,
      (_request, reply, payload, done) => {
        seal(reply)
        done(null, payload)
      },
    ]
  })
}
