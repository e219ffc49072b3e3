import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import { type Challenge, demandBearer } from './challenge.ts'
import { registerKeysRoutes } from './keys-routes.ts'
import { badParameter } from './refusal.ts'
import { sendRefusal, setHeaders } from './replies.ts'
import { readApiVersion } from './request.ts'
import { registerSecretsRoutes } from './secrets-routes.ts'
import { registerSettingsRoute } from './settings-route.ts'
import type { Vault } from './vault.ts'

export type KeyVaultOptions = Challenge & { readonly vault: Vault }

/**
 * A local Azure Key Vault. Ids and links carry the host that the request came in under, always as https.
 * Names go up to 127 characters, so the server needs a `maxParamLength` above Fastify's 100.
 */
export function keyVault(options: KeyVaultOptions): FastifyPluginCallback {
  const { vault } = options
  return (app, _options, done) => {
    parseJsonLeniently(app)
    app.setErrorHandler((error: Error, _request, reply) => sendRefusal(error, reply))
    registerSettingsRoute(app, vault.delays)
    app.register((api, _, ready) => {
      api.addHook('onRequest', async (request, reply) => {
        setHeaders(request, reply, requestId(vault))
        await demandBearer(request, reply, options)
        readApiVersion(request)
      })
      registerSecretsRoutes(api, vault)
      registerKeysRoutes(api, vault)
      ready()
    })
    done()
  }
}

/** Clients say `application/json` on requests without a body, which Fastify's own parser refuses. */
function parseJsonLeniently(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(text)))
    } catch {
      done(badParameter('The request body is not valid JSON.'))
    }
  })
}

function requestId(vault: Vault): string {
  const hex = Buffer.from(vault.random(16)).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
