import fc, { type Scheduler } from 'fast-check'
import type { KeyCustody } from '../../src/broker/credential-ports.ts'
import { createMint } from '../../src/broker/mint.ts'
import type { TokenIssuer } from '../../src/broker/ports.ts'
import type { Registry } from '../../src/broker/registry.ts'
import type { CertificateCredential, Credential } from '../../src/domain/credential.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { manualClock, minute, second, targetNamed, tokenOf, turn } from './fixture.ts'
import { applicationRecord, changesOf, credentialRecord, snapshotOf } from './records.ts'
import { scriptedCustody } from './scripted.ts'

const mints = 100
const target = targetNamed('contoso', { clientId: applicationRecord('mail').clientId })

/** What an operator does next: so many events and so much time (ms) after what they did before. */
export interface Act {
  readonly after: number
  readonly wait: number
}

/** Enough for three rotations, one after another, while a hundred mints are under way. */
export const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.record({ after: fc.nat(40), wait: fc.constantFrom(0, second, minute, 5 * minute) }),
  { minLength: 4, maxLength: 12, size: 'max' },
)
/** Whether the vault gives a credential, one read after another. */
export const reads: fc.Arbitrary<readonly boolean[]> = fc.array(fc.constantFrom(true, true, true, false), {
  minLength: 1,
  maxLength: 30,
  size: 'max',
})

/** Rotates the certificates of an application under a hundred mints; tells what went wrong. */
export class RotationModel {
  readonly #clock = manualClock()
  readonly #scheduler: Scheduler
  readonly #reads: readonly boolean[]
  /** Whether the operator gives mints time to end: before retiring the old certificate and before the next rotation. */
  readonly #isPatient: boolean
  readonly #snapshot = snapshotOf({})
  #credentials: readonly CertificateCredential[] = []
  readonly #known = new Set<string>()
  readonly #unsettled = new Set<number>()
  #waitingFor: readonly number[] = []
  #steps = 0
  #revision = 1
  #readings = 0
  readonly faults: string[] = []
  readonly told: string[] = []
  /** How often one was retired while mints were under way. */
  overlaps = 0

  constructor(scheduler: Scheduler, { reads, isPatient }: { reads: readonly boolean[]; isPatient: boolean }) {
    this.#scheduler = scheduler
    this.#reads = reads
    this.#isPatient = isPatient
    this.#add()
    this.#known.add('c0')
  }

  readonly #custody: KeyCustody = {
    ...scriptedCustody(),
    proof: async (credential) => {
      this.#use(credential, 'read')
      const isThere = this.#reads[this.#readings % this.#reads.length] ?? true
      this.#readings += 1
      await this.#scheduler.schedule(Promise.resolve(), `the vault gives ${credential.id}`)
      if (!isThere) return fail({ code: 'key_vault_unavailable', retryAfterSeconds: 5 })
      return ok({ kind: 'secret', reveal: () => credential.id })
    },
  }

  readonly #issuer: TokenIssuer = {
    acquire: async ({ credential }) => {
      this.#use(credential, 'sent to Entra')
      await this.#scheduler.schedule(Promise.resolve(), `Entra looks at ${credential.id}`)
      return this.#known.has(credential.id)
        ? ok(tokenOf(this.#clock, { value: credential.id }))
        : fail({ code: 'credential_rejected' })
    },
  }

  #use({ id }: Credential, how: string): void {
    const found = this.#credentials.find((credential) => credential.id === id)
    if (found?.state !== 'active') this.faults.push(`${id} was ${how} although it is ${found?.state}`)
  }

  async run(registry: Registry, acts: readonly Act[]): Promise<void> {
    const mint = createMint({
      registry: { ...registry, snapshot: () => ok(this.#snapshot) },
      custody: this.#custody,
      issuer: this.#issuer,
      clock: this.#clock,
    })
    for (let number = 0; number < mints; number += 1) {
      this.#scheduler.schedule(Promise.resolve(), `mint ${number}`).then(async () => {
        this.#unsettled.add(number)
        const minted = await mint(target)
        this.#unsettled.delete(number)
        this.told.push(minted.ok ? 'token' : minted.failure.code)
      })
    }
    await this.#pass(acts)
  }

  async #pass(acts: readonly Act[]): Promise<void> {
    const left = [...acts]
    let waited = 0
    while (this.told.length < mints) {
      const [act] = left
      if (act !== undefined && waited >= act.after && this.#step()) {
        this.#clock.advance(act.wait)
        left.shift()
        waited = 0
      }
      waited += 1
      // Where nothing is scheduled, somebody is about to schedule something.
      await (this.#scheduler.count() > 0 ? this.#scheduler.waitNext(1) : turn())
    }
  }

  /** The next step of a rotation; false where the operator waits. */
  #step(): boolean {
    const mustWait = this.#isPatient && this.#steps % 2 === 0
    if (mustWait && this.#waitingFor.some((mint) => this.#unsettled.has(mint))) return false
    const rotation = Math.floor(this.#steps / 4) + 1
    const old = `c${rotation - 1}`
    switch (this.#steps % 4) {
      case 0:
        this.#add()
        break
      case 1:
        this.#known.add(`c${rotation}`)
        this.#waitingFor = [...this.#unsettled]
        break
      case 2:
        this.#waitingFor = [...this.#unsettled]
        if (this.#unsettled.size > 0) this.overlaps += 1
        this.#save(this.#credentials.map((c) => (c.id === old ? { ...c, state: 'retired' as const } : c)))
        break
      default:
        this.#known.delete(old)
    }
    this.#steps += 1
    return true
  }

  /** A new active credential, which Entra does not know yet. */
  #add(): void {
    this.#clock.advance(1)
    const activatedAt = new Date(this.#clock.now()).toISOString()
    this.#save([...this.#credentials, credentialRecord(`c${this.#credentials.length}`, { activatedAt })])
  }

  #save(credentials: readonly CertificateCredential[]): void {
    this.#credentials = credentials
    this.#revision += 1
    const application = applicationRecord('mail', ['Mail.Read'], { credentials })
    this.#snapshot.apply(changesOf(this.#revision, { applications: [application] }))
  }
}
