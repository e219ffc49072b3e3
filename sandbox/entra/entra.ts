import { randomBytes as strongRandomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { sandboxControl } from '../control.ts'
import { createAccessTokens } from './access-token.ts'
import { consent } from './consent.ts'
import { entraControl } from './control.ts'
import type { RandomBytes } from './identifiers.ts'
import { openid } from './openid.ts'
import { createSigningKey } from './signing-key.ts'
import { createEntraState, type EntraState } from './state.ts'
import type { TokenClaims } from './token-claims.ts'
import { tokenEndpoint } from './token-endpoint.ts'

export interface EntraOptions {
  /** Where it is reached, without a slash at the end; asked at each request, for the port is known late. */
  readonly origin: () => string
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly randomBytes?: RandomBytes
}

export interface Entra {
  /** Everything it serves, its control API included. */
  readonly plugin: FastifyPluginAsync
  /** The same control without HTTP. */
  readonly state: EntraState
  /** The claims of a token that it issued, that is in time and meant for one of these audiences. */
  verifyToken(token: string, audience: string | readonly string[]): TokenClaims | undefined
}

/** A local Microsoft Entra, for app-only tokens, that verifies what the real one verifies. */
export async function createEntra(options: EntraOptions): Promise<Entra> {
  const { origin, now, randomBytes = strongRandomBytes } = options
  const key = await createSigningKey(now())
  const state = createEntraState(now)
  const tokens = createAccessTokens(key, now, randomBytes)
  const context = { state, key, tokens, origin, now, randomBytes }

  const plugin: FastifyPluginAsync = async (app) => {
    await app.register(sandboxControl, { now })
    await app.register(async (scope) => entraControl(scope, state), { prefix: '/_sandbox' })
    await app.register(async (scope) => {
      acceptForms(scope)
      tokenEndpoint(scope, context)
      consent(scope, context)
      openid(scope, context)
    })
  }
  return { plugin, state, verifyToken: tokens.verify }
}

/** Any other content counts as a form without parameters: Entra then names the first one that is missing. */
function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string) => new URLSearchParams(body),
  )
  scope.addContentTypeParser('*', { parseAs: 'string' }, async () => new URLSearchParams())
}
