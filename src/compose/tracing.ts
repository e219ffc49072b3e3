import type { Tracing } from '../adapters/tracing/open-tracing.ts'
import type { CredentialVault, KeyCustody } from '../broker/credential-ports.ts'
import type { RegistryStore, SharedTokens, TokenIssuer } from '../broker/ports.ts'
import type { Issued, RequestToken } from '../broker/record-issuance.ts'
import type { Span, SpanFacts, Trace } from '../broker/trace.ts'
import type { Config } from '../config.ts'
import type { Credential } from '../domain/credential.ts'
import type { Failure } from '../domain/failure.ts'
import { ok, type Result } from '../domain/result.ts'
import type { Platform } from './platform.ts'

/** Nothing of OpenTelemetry is loaded where no collector is configured. */
export async function openConfiguredTracing(
  { tracing }: Config,
  { logger, random, version }: Platform,
): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined
  const { openTracing } = await import('../adapters/tracing/open-tracing.ts')
  return openTracing({
    ...tracing,
    serviceVersion: version,
    instanceId: random.uuid(),
    onFault: (fault) => logger.warn(fault, 'the collector takes no traces; requests go on'),
  })
}

/** The ports, each call of theirs a span. Without a trace they are what they were. */
export interface Traced {
  store(store: RegistryStore): RegistryStore
  vault(vault: CredentialVault): CredentialVault
  custody(custody: KeyCustody): KeyCustody
  issuer(issuer: TokenIssuer): TokenIssuer
  sharedTokens(shared: SharedTokens): SharedTokens
  requestToken(requestToken: RequestToken): RequestToken
}

const same = <T>(port: T): T => port
const untraced: Traced = {
  store: same,
  vault: same,
  custody: same,
  issuer: same,
  sharedTokens: same,
  requestToken: same,
}

export function tracedBy(trace: Trace | undefined): Traced {
  if (trace === undefined) return untraced
  const call = <T, F extends Failure>(name: string, facts: SpanFacts, work: () => Promise<Result<T, F>>) =>
    trace.call(name, facts, async (span) => noted(span, await work()))
  const read = <T>(name: string, work: () => Promise<T>) => trace.call(name, {}, work)

  return {
    store: (store) => ({
      revision: () => read('registry revision', store.revision),
      changesSince: (revision) => read('registry changes since', () => store.changesSince(revision)),
      endVisit: (visit, now) => call('registry end visit', {}, () => store.endVisit(visit, now)),
      changes: (query) => call('registry changes', {}, () => store.changes(query)),
      commit: (work) => call('registry commit', {}, () => store.commit(work)),
      close: store.close,
    }),
    vault: (vault) => ({
      store: (secret) => call('vault store', {}, () => vault.store(secret)),
      read: (name, version) => call('vault read', {}, () => vault.read(name, version)),
      findKey: (key) => call('vault find key', {}, () => vault.findKey(key)),
      remove: (name) => call('vault remove', {}, () => vault.remove(name)),
      list: () => call('vault list', {}, () => vault.list()),
    }),
    custody: (custody) => ({
      ...custody,
      async proof(credential) {
        const found = await call('credential proof', about(credential), () => custody.proof(credential))
        if (!found.ok || found.value.kind !== 'signature' || !found.value.remote) return found
        const { value: proof } = found
        return ok({ ...proof, sign: (alg, data) => call('vault sign', {}, () => proof.sign(alg, data)) })
      },
      probe: (credential) => call('credential probe', about(credential), () => custody.probe(credential)),
    }),
    issuer: (issuer) => ({
      acquire(acquisition) {
        const { directoryId, clientId } = acquisition.target
        const facts = { ...about(acquisition.credential), directoryId, clientId }
        return call('entra token', facts, () => issuer.acquire(acquisition))
      },
    }),
    sharedTokens: (shared) => ({
      find: (target) => read('redis find', () => shared.find(target)),
      lock: (target, milliseconds) => read('redis lock', () => shared.lock(target, milliseconds)),
      store: (target, token) => read('redis store', () => shared.store(target, token)),
    }),
    requestToken: (requestToken) => (callerId, request, requestId, settle) => {
      // Looked up now: the outcome comes from the audit's batch, which belongs to no one request.
      const span = trace.current()
      requestToken(callerId, request, requestId, (error, issued) => {
        if (issued !== undefined) span?.note(outcomeOf(issued))
        settle(error, issued)
      })
    },
  }
}

const answers: ReadonlySet<Failure['code']> = new Set([
  'not_found',
  'already_exists',
  'immutable_member',
  'in_use',
  'last_operator',
  'conflict',
  'precondition_required',
  'precondition_failed',
  'invalid_request',
])

const about = ({ id }: Credential): SpanFacts => ({ credential: id })

function noted<T, F extends Failure>(span: Span | undefined, result: Result<T, F>): Result<T, F> {
  span?.note({ outcome: result.ok ? 'ok' : result.failure.code })
  // What a change came upon in the registry is an answer, and no fault of the database.
  if (!result.ok && !answers.has(result.failure.code)) span?.fail()
  return result
}

/** What the caller wrote is not repeated: of a request that failed, the tenant is told where it is a registered one. */
function outcomeOf(issued: Issued): SpanFacts {
  if (issued.ok) {
    const { tenant, application, origin } = issued.value
    return { outcome: 'issued', tenant: tenant.id, application: application.id, cache: origin }
  }
  const { failure } = issued
  return {
    outcome: failure.code,
    ...('tenant' in failure && { tenant: failure.tenant }),
    ...('application' in failure && { application: failure.application }),
  }
}
