import { Agent } from 'undici'
import { createTokenVerifier } from '../adapters/jwt/token-verifier.ts'
import type { TokenVerifier } from '../broker/ports.ts'
import type { Config } from '../config.ts'
import type { Platform } from './platform.ts'

/** Milliseconds. */
const connectTimeout = 2_000

/** Verifies the JWTs of the configured issuers; each is reached by the trust that it needs. */
export function openTokenVerifier({ jwtIssuers }: Config, platform: Platform): TokenVerifier {
  const { clock, logger } = platform
  const usual = platform.jwksDispatcher ?? new Agent({ connect: { timeout: connectTimeout } })
  return createTokenVerifier({
    issuers: jwtIssuers,
    clock,
    dispatcherOf: ({ ca }) =>
      ca === undefined ? usual : new Agent({ connect: { timeout: connectTimeout, ca } }),
    mostRemembered: 5_000,
    onFault: (fault) => logger.warn(fault, 'the keys of a JWT issuer cannot be used'),
  })
}
