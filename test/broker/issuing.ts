import type { Test } from 'tap'
import { createIssueToken } from '../../src/broker/issue-token.ts'
import { createMint } from '../../src/broker/mint.ts'
import type { IssuedToken } from '../../src/broker/offer-token.ts'
import type { Acquisition } from '../../src/broker/ports.ts'
import { createTokenCache, type TokenCache } from '../../src/broker/token-cache.ts'
import type { TokenRequest } from '../../src/broker/token-request.ts'
import { Words } from '../../src/broker/words.ts'
import type { Failure, MintFailure } from '../../src/domain/failure.ts'
import type { Result } from '../../src/domain/result.ts'
import { type TokenShape, tokenOf } from './fixture.ts'
import {
  type Pending,
  type Script,
  type ScriptedCustody,
  scriptedCustody,
  scriptedIssuer,
} from './scripted.ts'
import { openWorld, type World } from './world.ts'

export type Issued = Result<IssuedToken, Failure>

export interface Issuing extends World {
  readonly cache: TokenCache
  readonly custody: ScriptedCustody
  readonly entra: Script<Acquisition>
  /** Asks for `Mail.Read` of `contoso` as the caller `orders`, or for what is said; in the same words, if it was asked. */
  ask(request?: Partial<TokenRequest>, caller?: string): Promise<Issued>
  /** Lets Entra answer what waits for it next. */
  give(shape?: TokenShape): Promise<Pending<Acquisition>>
  refuse(failure: MintFailure): Promise<void>
}

/** Everything that takes part in issuing a token, with Entra played by the test. */
export async function openIssuing(t: Test): Promise<Issuing> {
  const world = await openWorld(t)
  const custody = scriptedCustody()
  const issuer = scriptedIssuer()
  const entra = issuer.script
  const mint = createMint({ registry: world.registry, custody, issuer, clock: world.clock })
  const cache = createTokenCache({ mint, clock: world.clock, capacity: 100, onError: t.error })
  const issueToken = createIssueToken({
    registry: world.registry,
    cache,
    consentUrl: (tenant, application) => `https://broker.example/consent/${tenant.id}/${application.id}`,
  })
  const remembered = new Map<string, Words>()
  return {
    ...world,
    cache,
    custody,
    entra,
    async ask(request = {}, caller = 'orders') {
      const asked = { tenant: 'contoso', scopes: ['Mail.Read'], dialect: 'aurinko', ...request } as const
      const text = JSON.stringify(asked)
      const words = remembered.get(text) ?? new Words()
      remembered.set(text, words)
      return issueToken(caller, { words, ...asked })
    },
    async give(shape = {}) {
      const pending = await entra.next()
      pending.succeed(tokenOf(world.clock, shape))
      return pending
    },
    async refuse(failure) {
      const pending = await entra.next()
      pending.fail(failure)
    },
  }
}

/** What the answer says, in short: who served which token, or why there is none. */
export function told(issued: Issued): string {
  if (!issued.ok) return issued.failure.code
  const { origin, application, accessToken } = issued.value
  return `${origin} ${application.id} ${accessToken}`
}
