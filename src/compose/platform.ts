import { randomBytes, randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { TokenCredential } from '@azure/identity'
import type { FastifyBaseLogger } from 'fastify'
import type { Dispatcher } from 'undici'
import type { Wait } from '../broker/consent-verification.ts'
import type { Clock, Random } from '../broker/ports.ts'
import type { Clouds } from '../domain/cloud.ts'

/** The world that a broker runs in: time, chance, and how Microsoft's clouds are reached. */
export interface Platform {
  readonly clock: Clock
  readonly random: Random
  readonly wait: Wait
  readonly clouds: Clouds
  /** The broker's own identity towards Key Vault. */
  readonly vaultCredential: TokenCredential
  /** TLS of the connection to the vault, where the system's trust and resolver do not serve. */
  readonly vaultTls?: object
  readonly entraDispatcher: Dispatcher
  /** Trust towards the issuers of JWTs that name no authority of theirs, where the system's does not serve. */
  readonly jwksDispatcher?: Dispatcher
  readonly logger: FastifyBaseLogger
  readonly version: string
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
}
/** Keeps no process alive. It rejects for an aborted signal alone, and then the wait is over. */
export const systemWait: Wait = (milliseconds, signal) =>
  delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined)
