import { createHash } from 'node:crypto'
import type { Clock, Random } from '../../src/broker/ports.ts'
import type { Result } from '../../src/domain/result.ts'
import type { AccessToken, TokenTarget } from '../../src/domain/token.ts'

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute

export interface ManualClock extends Clock {
  /** Lets time pass, on both clocks. */
  advance(milliseconds: number): void
  /** Steps the wall clock alone, as a person or NTP does. */
  step(milliseconds: number): void
}

export function manualClock(start = '2026-11-20T12:00:00.000Z'): ManualClock {
  let wall = Date.parse(start)
  let monotonic = 1_000
  return {
    now: () => wall,
    monotonic: () => monotonic,
    advance(milliseconds) {
      wall += milliseconds
      monotonic += milliseconds
    },
    step(milliseconds) {
      wall += milliseconds
    },
  }
}

/** The same numbers in every run, and never twice the same in one. */
export function seededRandom(seed = 'seed'): Random {
  let drawn = 0
  const draw = () => {
    drawn += 1
    return createHash('sha256').update(`${seed} ${drawn}`).digest()
  }
  return {
    fraction: () => draw().readUInt32BE() / 2 ** 32,
    bytes: (length) => draw().subarray(0, length),
    uuid() {
      const hex = draw().toString('hex')
      return [0, 8, 12, 16, 20].map((from, i) => hex.slice(from, [8, 12, 16, 20, 32][i])).join('-')
    },
  }
}

export function guid(seed: string): string {
  return seededRandom(seed).uuid()
}

export function targetNamed(name: string, changed: Partial<TokenTarget> = {}): TokenTarget {
  return {
    cloud: 'global',
    directoryId: guid(name),
    clientId: guid('client'),
    resource: 'graph',
    applicationEpoch: 1,
    tenantEpoch: 2,
    ...changed,
  }
}

export interface TokenShape {
  readonly value?: string
  /** Milliseconds. */
  readonly lifetime?: number
  readonly refreshIn?: number
  readonly roles?: readonly string[] | 'unreadable'
  readonly uti?: string
}

let minted = 0

/** A token that is issued now; an hour long, due for renewal after half of it, allowing `Mail.Read`. */
export function tokenOf(clock: Clock, shape: TokenShape = {}): AccessToken {
  const { lifetime = hour, roles = ['Mail.Read'] } = shape
  const issuedAt = clock.monotonic()
  minted += 1
  return {
    value: shape.value ?? `token-${minted}`,
    expiresAtUnix: Math.floor((clock.now() + lifetime) / 1000),
    issuedAt,
    expiresAt: issuedAt + lifetime,
    refreshAt: issuedAt + (shape.refreshIn ?? lifetime / 2),
    roles: roles === 'unreadable' ? undefined : roles,
    ...(shape.uti === undefined ? {} : { uti: shape.uti }),
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The value, where a test cannot go on without it. */
export function must<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(`unexpected failure: ${JSON.stringify(result.failure)}`)
  return result.value
}

/** Lets everything that is ready to run do so: promises are settled in the turn before. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
