import type { Test } from 'tap'
import { Agent } from 'undici'
import { createTokenVerifier } from '../../../src/adapters/jwt/token-verifier.ts'
import type { TokenVerifier } from '../../../src/broker/ports.ts'
import type { TrustedIssuer } from '../../../src/domain/trusted-issuer.ts'
import { type ManualClock, manualClock } from '../../broker/fixture.ts'
import {
  type Claims,
  type JwksServer,
  makeSigningKey,
  type SigningKey,
  sign,
  startJwksServer,
  trustIn,
} from './issuer.ts'

export const subject = 'system:serviceaccount:orders:api'
export const refused = { ok: false, failure: { code: 'unauthenticated' } }

export interface VerifierStage {
  readonly clock: ManualClock
  readonly server: JwksServer
  /** What the server publishes at first. */
  readonly key: SigningKey
  readonly issuer: TrustedIssuer
  readonly verifier: TokenVerifier
  readonly faults: { readonly issuer: string; readonly reason: string }[]
  /** What a genuine token says now, changed as a test wants it. */
  claims(changed?: Claims): Claims
  token(changed?: Claims): Promise<string>
}

/** A verifier that trusts one issuer, whose host and keys are real; time passes where a test says so. */
export async function setVerifierStage(
  t: Test,
  changed: Partial<TrustedIssuer> = {},
): Promise<VerifierStage> {
  const clock = manualClock()
  const server = await startJwksServer(t)
  const issuer = trustIn(server, changed)
  const key = await makeSigningKey('key-1', issuer.algorithms[0])
  server.publish(key.jwk)
  const dispatcher = new Agent({ connect: { ca: server.caPem, timeout: 2_000 } })
  t.teardown(() => dispatcher.destroy())
  const faults: VerifierStage['faults'] = []
  const verifier = createTokenVerifier({
    issuers: [issuer],
    clock,
    dispatcherOf: () => dispatcher,
    mostRemembered: 3,
    onFault: (fault) => faults.push(fault),
  })
  const claims = (more: Claims = {}): Claims => {
    const now = Math.floor(clock.now() / 1000)
    return {
      iss: issuer.issuer,
      aud: issuer.audience,
      sub: subject,
      iat: now,
      nbf: now,
      exp: now + 3600,
      ...more,
    }
  }
  return { clock, server, key, issuer, verifier, faults, claims, token: (more) => sign(key, claims(more)) }
}
