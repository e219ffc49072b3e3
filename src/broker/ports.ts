import type { Application, SigningAlgorithm } from '../domain/application.ts'
import type { Caller } from '../domain/caller.ts'
import type { CloudName } from '../domain/cloud.ts'
import type { Credential } from '../domain/credential.ts'
import type { AuditFailure, Failure, MintFailure } from '../domain/failure.ts'
import type { Result } from '../domain/result.ts'
import type { Observation, Tenant } from '../domain/tenant.ts'
import type { AccessToken, TokenTarget } from '../domain/token.ts'
import type { Proof } from './credential-ports.ts'

/** The only source of time. Lifetimes use `monotonic`, so that a stepped wall clock never revives a token. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number
}

/** The only source of chance. */
export interface Random {
  /** A number in [0, 1), for jitter and never for secrets. */
  fraction(): number
  /** Cryptographically strong bytes. */
  bytes(length: number): Buffer
  uuid(): string
}

/** Everything that proves the application in one acquisition. */
export interface Acquisition {
  readonly target: TokenTarget
  readonly credential: Credential
  readonly signingAlg: SigningAlgorithm
  readonly proof: Proof
}

/** Gets one token from the identity provider, and keeps none. */
export interface TokenIssuer {
  acquire(acquisition: Acquisition): Promise<Result<AccessToken, MintFailure>>
}

/**
 * Where replicas share what they mint. Nothing here rejects or takes long: a store that is away is a miss, and then
 * every replica is on its own.
 */
export interface SharedTokens {
  /** Undefined where the store is away. */
  find(target: TokenTarget): Promise<SharedState | undefined>
  /** Undefined where the store is away. The lock goes by itself after `milliseconds`. */
  lock(target: TokenTarget, milliseconds: number): Promise<MintLock | 'taken' | undefined>
  /** Takes the place of the token that is there. */
  store(target: TokenTarget, token: AccessToken): Promise<void>
}

export interface SharedState {
  /** With the times of this replica's clock. Authentic, but it may have expired. */
  readonly token?: AccessToken
  /** Whether a replica holds the lock. */
  readonly minting: boolean
}

export interface MintLock {
  /** Never releases a lock that somebody else took after this one went. */
  release(): Promise<void>
}

/** What kept Entra from naming the directory of a domain. */
export type LookupFailure = Extract<
  Failure,
  {
    readonly code:
      | 'domain_not_found'
      | 'wrong_cloud'
      | 'entra_throttled'
      | 'entra_unavailable'
      | 'entra_nonsense'
  }
>

/** Asks the identity provider which directory has verified a domain. */
export interface DirectoryFinder {
  /** The directory's GUID, in lower case. `domain` must be a domain name, since it becomes part of a path. */
  find(cloud: CloudName, domain: string): Promise<Result<string, LookupFailure>>
}

/** Takes one line; the promise settles once the sink has it, so that nothing is handed out unrecorded. */
export interface AuditSink {
  append(line: string): Promise<Result<void, AuditFailure>>
}

/** Counted for every token request. Labels are bounded: never a tenant, never a caller. */
export interface TokenMetrics {
  tokenRequest(outcome: string, cache: 'hit' | 'mint' | 'shared' | 'none', milliseconds: number): void
  entraRequest(outcome: string, milliseconds: number): void
}

/** What was tried to authenticate with; `too_many`: answered 429, whatever it was. */
export type AuthenticationFault = 'none' | 'api_key' | 'other' | 'too_many'

export interface AuthenticationMetrics {
  authenticationFailure(fault: AuthenticationFault): void
}

export interface RegistryChanges {
  readonly revision: number
  readonly applications: readonly Application[]
  readonly tenants: readonly Tenant[]
  readonly callers: readonly Caller[]
  readonly observations: readonly Observation[]
  readonly tombstones: readonly Tombstone[]
}

export interface Tombstone {
  readonly kind: 'application' | 'tenant' | 'caller'
  readonly uid: string
}

/** Who changes the registry, and in which request. */
export interface Actor {
  readonly caller: string
  readonly requestId: string
}

export interface RegistryChange {
  readonly action: string
  readonly target: string
  readonly before?: unknown
  readonly after?: unknown
}

/**
 * The registry as one transaction sees it. It holds the registry's lock, so what it read stays true until it
 * ends; it takes effect as a whole or not at all. One that saves nothing leaves no trace.
 */
export interface RegistryTransaction {
  /** The revision that this transaction makes. */
  readonly revision: number
  /** A number that no epoch of this registry had before. */
  nextEpoch(): Promise<number>
  application(id: string): Promise<Application | undefined>
  applicationByClientId(cloud: string, clientId: string): Promise<Application | undefined>
  /** Writes an application with all that belongs to it, its credentials too. */
  saveApplication(application: Application): Promise<void>
  removeApplication(application: Application): Promise<void>
  tenant(id: string): Promise<Tenant | undefined>
  tenantByDirectory(directoryId: string): Promise<Tenant | undefined>
  /** Ids of the tenants that an application acts in. */
  tenantsOf(application: Application): Promise<readonly string[]>
  saveTenant(tenant: Tenant): Promise<void>
  removeTenant(tenant: Tenant): Promise<void>
  caller(id: string): Promise<Caller | undefined>
  operators(): Promise<readonly Caller[]>
  /** Ids of the callers that have a grant which names this tenant. */
  callersGranted(tenantId: string): Promise<readonly string[]>
  /** Writes a caller with all that belongs to it, its keys too. */
  saveCaller(caller: Caller): Promise<void>
  removeCaller(caller: Caller): Promise<void>
  observation(
    of: Pick<Observation, 'tenantUid' | 'applicationUid' | 'resource'>,
  ): Promise<Observation | undefined>
  saveObservation(observation: Observation): Promise<void>
  /** Writes the audit row that stands or falls with this transaction. Never give it anything secret. */
  recordChange(actor: Actor, change: RegistryChange): Promise<void>
}

/** Which changes to read, newest first. Times are ISO 8601. */
export interface ChangeQuery {
  readonly actor?: string
  /** A record and everything under it: `tenants/contoso`, `callers/orders-service`. */
  readonly target?: string
  readonly since?: string
  readonly until?: string
  /** Only what is older than this change. */
  readonly before?: ChangePosition
  readonly limit: number
}

export interface ChangePosition {
  readonly revision: number
  readonly position: number
}

export interface RecordedChange extends ChangePosition {
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly before?: unknown
  readonly after?: unknown
  readonly requestId: string
}

export interface RegistryStore {
  revision(): Promise<number>
  /** Everything above `revision`, read at one point in time. */
  changesSince(revision: number): Promise<RegistryChanges>
  changes(query: ChangeQuery): Promise<Result<readonly RecordedChange[], Failure>>
  /** Runs `work` under the registry's lock; a failure that it returns rolls everything back. */
  commit<T>(
    work: (transaction: RegistryTransaction) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>>
  close(): Promise<void>
}
