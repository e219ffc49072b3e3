import type { KeyCustody } from '../../src/broker/credential-ports.ts'
import type { Acquisition, TokenIssuer } from '../../src/broker/ports.ts'
import type { Credential } from '../../src/domain/credential.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok, type Result } from '../../src/domain/result.ts'
import type { AccessToken, TokenTarget } from '../../src/domain/token.ts'

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

/** What was asked of a custody, as ids of credentials in the order in which they were asked for. */
interface CustodyCalls {
  readonly proven: string[]
  readonly reread: string[]
  readonly probed: string[]
  readonly forgotten: string[]
}

export interface ScriptedCustody extends KeyCustody {
  readonly calls: CustodyCalls
  /** Fails from now on to prove this credential, or any; undefined mends it. */
  refuse(failure: MintFailure | undefined, id?: string): void
}

/** Proves every credential with its own uid. */
export function scriptedCustody(): ScriptedCustody {
  const calls: CustodyCalls = { proven: [], reread: [], probed: [], forgotten: [] }
  const refusals = new Map<string, MintFailure>()
  const refusalOf = ({ id }: Credential) => refusals.get(id) ?? refusals.get('any')
  return {
    calls,
    refuse(failure, id = 'any') {
      if (failure === undefined) refusals.delete(id)
      else refusals.set(id, failure)
    },
    async proof(credential) {
      calls.proven.push(credential.id)
      const refusal = refusalOf(credential)
      if (refusal !== undefined) return fail(refusal)
      const { uid } = credential
      return credential.type === 'client_secret'
        ? ok({ kind: 'secret', reveal: () => uid })
        : ok({ kind: 'signature', remote: false, sign: async () => ok(Buffer.from(uid)) })
    },
    reread: ({ id }) => void calls.reread.push(id),
    async probe(credential) {
      calls.probed.push(credential.id)
      const refusal = refusalOf(credential)
      return refusal === undefined ? ok(undefined) : fail(refusal)
    },
    forget: ({ id }) => void calls.forgotten.push(id),
  }
}
