import type { Acquisition, Clock, Random } from '../../broker/ports.ts'
import type { MintFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { writeAssertion } from './assertion.ts'

/** Milliseconds, well below what an assertion lives, so that a kept one is never late. */
const keptFor = 300_000
const mostKept = 1_000

export interface Assertion {
  readonly jwt: string
  /** Whether this very one was taken before. */
  readonly reused: boolean
}

export interface Assertions {
  /** An assertion for this endpoint. Where signing is a call to the vault, one serves for minutes. */
  get(acquisition: Acquisition, endpoint: string): Promise<Result<Assertion, MintFailure>>
  /** Keeps one that was taken, and none that nobody has taken: two calls must not race for the first use of it. */
  keep(acquisition: Acquisition, endpoint: string, assertion: Assertion): void
  /** Lets go of the kept one, because it was refused. */
  drop(acquisition: Acquisition, endpoint: string): void
  /** Keeps none for this endpoint any more: it took a new assertion where it had refused a kept one. */
  signEachTime(endpoint: string): void
}

/** Client assertions, signed by whatever keeps the key. */
export function createAssertions(clock: Clock, random: Random): Assertions {
  const kept = new Map<string, { readonly jwt: string; readonly until: number }>()
  const singleUse = new Set<string>()

  return {
    async get(acquisition, endpoint) {
      const key = keyOf(acquisition, endpoint)
      const known = kept.get(key)
      if (known !== undefined && known.until > clock.monotonic()) return ok({ jwt: known.jwt, reused: true })
      const { proof, credential, signingAlg, target } = acquisition
      if (proof.kind === 'secret' || credential.type === 'client_secret') {
        throw new Error('a client secret signs nothing')
      }
      const order = { clientId: target.clientId, audience: endpoint, certificate: credential, signingAlg }
      const signed = writeAssertion(order, clock, random)
      const signature = await proof.sign(signingAlg, Buffer.from(signed))
      if (!signature.ok) return signature
      return ok({ jwt: `${signed}.${signature.value.toString('base64url')}`, reused: false })
    },
    keep(acquisition, endpoint, { jwt, reused }) {
      const { proof } = acquisition
      if (reused || proof.kind === 'secret' || !proof.remote || singleUse.has(new URL(endpoint).host)) return
      const key = keyOf(acquisition, endpoint)
      kept.delete(key)
      kept.set(key, { jwt, until: clock.monotonic() + keptFor })
      const oldest = kept.keys().next()
      if (kept.size > mostKept && !oldest.done) kept.delete(oldest.value)
    },
    drop: (acquisition, endpoint) => void kept.delete(keyOf(acquisition, endpoint)),
    signEachTime(endpoint) {
      singleUse.add(new URL(endpoint).host)
    },
  }
}

function keyOf({ credential, signingAlg, target }: Acquisition, endpoint: string): string {
  return `${credential.uid} ${signingAlg} ${target.clientId} ${endpoint}`
}
