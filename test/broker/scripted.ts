import type {
  Acquisition,
  CertificateBundle,
  Certificates,
  KeyCustody,
  NewVaultSecret,
  TokenIssuer,
} from '../../src/broker/ports.ts'
import type { Credential } from '../../src/domain/application.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok, type Result } from '../../src/domain/result.ts'
import type { AccessToken, TokenTarget } from '../../src/domain/token.ts'
import { sha256 } from './fixture.ts'

type Minted = Result<AccessToken, MintFailure>

/** Something that was asked for and that the test decides about. */
export interface Pending<Asked> {
  readonly asked: Asked
  succeed(token: AccessToken): void
  fail(failure: MintFailure): void
  crash(error: Error): void
}

export interface Script<Asked> {
  /** Everything that was asked for, in order. */
  readonly calls: readonly Pending<Asked>[]
  /** What is asked for next, or was asked for and not taken yet. */
  next(): Promise<Pending<Asked>>
  /** Answers by itself from now on. */
  always(answer: (asked: Asked) => Minted): void
  ask(asked: Asked): Promise<Minted>
}

export function createScript<Asked>(): Script<Asked> {
  const calls: Pending<Asked>[] = []
  const untaken: Pending<Asked>[] = []
  const takers: ((pending: Pending<Asked>) => void)[] = []
  let answer: ((asked: Asked) => Minted) | undefined

  return {
    calls,
    next() {
      const first = untaken.shift()
      return first === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(first)
    },
    always(given) {
      answer = given
    },
    ask(asked) {
      const { promise, resolve, reject } = Promise.withResolvers<Minted>()
      const pending = {
        asked,
        succeed: (token: AccessToken) => resolve(ok(token)),
        fail: (failure: MintFailure) => resolve(fail(failure)),
        crash: reject,
      }
      calls.push(pending)
      if (answer !== undefined) resolve(answer(asked))
      else {
        const taker = takers.shift()
        if (taker === undefined) untaken.push(pending)
        else taker(pending)
      }
      return promise
    },
  }
}

export type MintScript = Script<TokenTarget>

export function scriptedIssuer(): TokenIssuer & { readonly script: Script<Acquisition> } {
  const script = createScript<Acquisition>()
  return { script, acquire: script.ask }
}

export interface MemoryCustody extends KeyCustody {
  readonly kept: NewVaultSecret[]
  /** Ids of the credentials whose key was asked for. */
  readonly read: string[]
  readonly reloaded: string[]
  /** Fails every call from now on; undefined mends it. */
  refuse(failure: MintFailure | undefined): void
}

export function memoryCustody(): MemoryCustody {
  const kept: NewVaultSecret[] = []
  const read: string[] = []
  const reloaded: string[] = []
  let refusal: MintFailure | undefined
  return {
    kept,
    read,
    reloaded,
    refuse(failure) {
      refusal = failure
    },
    async store(secret) {
      if (refusal !== undefined) return fail(refusal)
      kept.push(secret)
      return ok({ name: secret.name, version: sha256(secret.name).slice(0, 32) })
    },
    async signer(credential: Credential) {
      read.push(credential.id)
      return refusal === undefined ? ok({ sign: async () => Buffer.from(credential.uid) }) : fail(refusal)
    },
    reload: (credential) => void reloaded.push(credential.id),
  }
}

/** Stands in for a private key: wherever it turns up outside the vault, a secret has leaked. */
export const privateKeyCanary = '-----BEGIN PRIVATE KEY-----\nprivate-key-canary\n-----END PRIVATE KEY-----\n'

export function bundleNamed(name: string): CertificateBundle {
  return {
    privateKeyPem: privateKeyCanary,
    certificatePem: `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`,
    thumbprintSha1: sha256(name).slice(0, 40).toUpperCase(),
    thumbprintSha256: Buffer.from(sha256(name), 'hex').toString('base64url'),
    notBefore: '2026-11-20T11:55:00.000Z',
    expiresAt: '2027-11-20T12:00:00.000Z',
  }
}

/** Takes every certificate but one that says `broken`. */
export const certificates: Certificates = {
  generate: async (order) => bundleNamed(order.subject),
  read: (certificatePem) =>
    certificatePem.includes('broken')
      ? fail({ code: 'certificate_refused', detail: 'Broken.', hint: 'Mend it.' })
      : ok(bundleNamed(certificatePem)),
}
