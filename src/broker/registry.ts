import type { Failure, RegistryFailure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type {
  ChangeQuery,
  Clock,
  ConsentVisit,
  EndedVisit,
  RecordedChange,
  RegistryStore,
  RegistryTransaction,
} from './ports.ts'
import { createRegistrySnapshot, type RegistrySnapshot } from './registry-snapshot.ts'

/** What the broker knows of applications, tenants and callers. */
export interface Registry {
  /** The snapshot, if it was checked against the database lately enough to decide by. Never waits. */
  snapshot(): Result<RegistrySnapshot, RegistryFailure>
  /** Milliseconds since the snapshot was last known to be what the database has; infinite before `open`. */
  staleness(): number
  /** The snapshot, brought up to date first: for operators, who expect to read what another replica wrote. */
  current(): Promise<Result<RegistrySnapshot, RegistryFailure>>
  /** Changes the registry; the snapshot has the change before this settles. */
  commit<T>(
    work: (transaction: RegistryTransaction) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>>
  /** What was changed, by whom and when; read from the database each time. */
  changes(query: ChangeQuery): Promise<Result<readonly RecordedChange[], Failure>>
  /** Ends a visit to Microsoft's consent page, once for all replicas. */
  endVisit(visit: Pick<ConsentVisit, 'stateHash' | 'browserHash'>): Promise<Result<EndedVisit, Failure>>
  /** Loads the snapshot and follows the database from then on, until `close`. Rejects if it cannot be loaded. */
  open(): Promise<void>
  close(): Promise<void>
}

export interface RegistryOptions {
  readonly store: RegistryStore
  readonly clock: Clock
  /** How old a snapshot may grow, in milliseconds, while the database cannot be asked. */
  readonly maximumStaleness: number
  /** Milliseconds between two looks at the revision. */
  readonly pollInterval: number
  readonly onError: (error: unknown) => void
}

const unavailable = (): RegistryFailure => ({ code: 'registry_unavailable', retryAfterSeconds: 5 })

export function createRegistry(options: RegistryOptions): Registry {
  const { store, clock, onError } = options
  const snapshot = createRegistrySnapshot()
  const fresh = ok(snapshot)
  let checkedAt = Number.NEGATIVE_INFINITY
  let tail: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  /**
   * Looks run one after another: two at once could apply an older batch after a newer one and bring a revoked
   * key back. Each starts reading after it was asked for, so it sees every commit that was acknowledged before.
   * Whoever asks before it starts shares it: while the database hangs, nobody waits for more than two looks.
   */
  function refresh(): Promise<void> {
    if (next !== undefined) return next
    const run = tail.then(async () => {
      next = undefined
      const startedAt = clock.monotonic()
      if ((await store.revision()) !== snapshot.revision) {
        snapshot.apply(await store.changesSince(snapshot.revision))
      }
      checkedAt = startedAt
    })
    next = run
    tail = run.catch(() => undefined)
    return run
  }

  const staleness = () => clock.monotonic() - checkedAt

  function poll(): void {
    timer = setTimeout(async () => {
      await refresh().catch(onError)
      if (!closed) poll()
    }, options.pollInterval)
    timer.unref()
  }

  return {
    snapshot: () => (staleness() <= options.maximumStaleness ? fresh : fail(unavailable())),
    staleness,
    async current() {
      try {
        await refresh()
        return ok(snapshot)
      } catch (error) {
        onError(error)
        return fail(unavailable())
      }
    },
    async commit(work) {
      const result = await store.commit(work)
      // The change is kept either way; a refresh that fails only means that this replica sees it a little later.
      if (result.ok) await refresh().catch(onError)
      return result
    },
    changes: (query) => store.changes(query),
    endVisit: (visit) => store.endVisit(visit, new Date(clock.now()).toISOString()),
    async open() {
      await refresh()
      poll()
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await tail
      await store.close()
    },
  }
}
