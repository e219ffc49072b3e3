import { randomBytes, randomUUID } from 'node:crypto'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { TokenCredential } from '@azure/identity'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Dispatcher } from 'undici'
import { openAuditFile } from './adapters/audit/file-sink.ts'
import { createDirectoryFinder } from './adapters/entra/directory-finder.ts'
import { createEntraTokenIssuer } from './adapters/entra/token-issuer.ts'
import { createCredentialVault } from './adapters/key-vault/credential-vault.ts'
import { createKeyCustody } from './adapters/key-vault/key-custody.ts'
import { createPrometheusMetrics, type PrometheusMetrics } from './adapters/metrics/prometheus.ts'
import { openPostgres } from './adapters/registry/postgres.ts'
import { openSqlite } from './adapters/registry/sqlite.ts'
import { type OpenDatabase, openRegistryStore } from './adapters/registry/store.ts'
import { createCertificates } from './adapters/x509/certificates.ts'
import { buildApp, type Services } from './app.ts'
import { deriveKeys } from './broker/broker-secret.ts'
import { createConsentTickets } from './broker/consent-ticket.ts'
import { type CredentialWatch, createCredentialWatch } from './broker/credential-watch.ts'
import { type CredentialExpiry, credentialExpiries, expiryWarnings } from './broker/expiry.ts'
import { createFollowConsentLink } from './broker/follow-consent-link.ts'
import { createIdentifyCaller } from './broker/identify-caller.ts'
import { createIssueToken } from './broker/issue-token.ts'
import { createMint } from './broker/mint.ts'
import { createObserve, type Observe } from './broker/observe.ts'
import type { Clock, Random, TokenIssuer, TokenMetrics } from './broker/ports.ts'
import { createRequestToken } from './broker/record-issuance.ts'
import { createRegistry, type Registry } from './broker/registry.ts'
import { createTokenCache, type TokenCache } from './broker/token-cache.ts'
import type { Config } from './config.ts'
import type { Application } from './domain/application.ts'
import type { Clouds } from './domain/cloud.ts'
import type { Tenant } from './domain/tenant.ts'
import { createCredentialReport } from './http/credential-report.ts'
import { createPager } from './http/pages.ts'

/** The world that a broker runs in: time, chance, and how Microsoft's clouds are reached. */
export interface Platform {
  readonly clock: Clock
  readonly random: Random
  readonly clouds: Clouds
  /** The broker's own identity towards Key Vault. */
  readonly vaultCredential: TokenCredential
  /** TLS of the connection to the vault, where the system's trust and resolver do not serve. */
  readonly vaultTls?: object
  readonly entraDispatcher: Dispatcher
  readonly logger: FastifyBaseLogger
  readonly version: string
}

export interface Broker {
  readonly app: FastifyInstance
  /** Ends what runs behind the application; call it after the application is closed. */
  close(): Promise<void>
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
}

/** Builds adapters and use cases and wires them to the routes. Rejects if the registry cannot be opened. */
export async function compose(config: Config, platform: Platform): Promise<Broker> {
  const { clock, logger } = platform
  const onRegistryError = (err: unknown) => logger.error({ err }, 'the registry cannot be read')
  const store = await openRegistryStore(openDatabase(config.database, onRegistryError), clock)
  const registry = createRegistry({
    store,
    clock,
    maximumStaleness: config.registryMaxStaleness,
    pollInterval: 1_000,
    onError: onRegistryError,
  })
  await registry.open()
  const audit = openAuditFile(config.auditFile, (err) =>
    logger.error({ err }, 'the audit log takes no lines'),
  )
  const loop = monitorEventLoopDelay({ resolution: 20 })
  loop.enable()

  const { services, watch } = wire(config, platform, { registry, audit, loopDelay: () => readDelay(loop) })
  const app = await buildApp(services, {
    version: platform.version,
    docs: config.docs,
    requestId: platform.random.uuid,
    logger,
    ...(config.tls === undefined ? {} : { https: config.tls }),
  })
  watch.start()
  return {
    app,
    async close() {
      watch.stop()
      loop.disable()
      await registry.close()
      audit.close()
    },
  }
}

function openDatabase(database: Config['database'], onError: (error: unknown) => void): OpenDatabase {
  return database.kind === 'sqlite' ? openSqlite(database.path) : openPostgres(database.url, onError)
}

/** Milliseconds, on average since it was asked last; 0 where nothing was measured since. */
function readDelay(loop: ReturnType<typeof monitorEventLoopDelay>): number {
  const { mean } = loop
  loop.reset()
  return Number.isNaN(mean) ? 0 : mean / 1e6
}

interface Running {
  readonly registry: Registry
  readonly audit: ReturnType<typeof openAuditFile>
  readonly loopDelay: () => number
}

interface Wired {
  readonly services: Services
  readonly watch: CredentialWatch
}

function wire(config: Config, platform: Platform, { registry, audit, loopDelay }: Running): Wired {
  const { clock, random, clouds, logger } = platform
  const metrics = createPrometheusMetrics({ processMetrics: true })
  const { certificates, vault, custody } = openVault(config, platform)
  const entra = createEntraTokenIssuer({
    clouds,
    dispatcher: platform.entraDispatcher,
    clock,
    random,
    onFault: (description) => logger.warn(description, 'Entra gave no token'),
  })
  const directories = createDirectoryFinder({ clouds, dispatcher: platform.entraDispatcher, clock })
  const issuer = measured(entra, metrics, clock)
  const mint = createMint({ registry, custody, issuer, clock })
  const observe = createObserve(registry, clock)
  const cache = createObservedCache(config, platform, observe, mint)

  const tickets = createConsentTickets(deriveKeys(config.brokerSecret, 'consent-ticket'), clock.now)
  const consentUrl = (tenant: Tenant, application: Application) =>
    `${config.publicUrl}/consent/${tickets.issue({ tenantUid: tenant.uid, applicationUid: application.uid, tenantEpoch: tenant.epoch })}`
  const issueToken = createIssueToken({ registry, cache, consentUrl })
  const registration = { registry, clock, random, vault, custody }
  const redirectUri = `${config.publicUrl}/consent/callback`
  const pager = createPager(deriveKeys(config.brokerSecret, 'page-token'))
  const credentials = { ...registration, certificates, issuer, cache }
  const watch = createCredentialWatch({ ...credentials, report: createCredentialReport(logger) })
  const expiries = () => {
    const snapshot = registry.snapshot()
    return snapshot.ok ? credentialExpiries(snapshot.value.applications(), clock.now()) : []
  }
  showGauges(metrics, cache, expiries)

  const services = {
    identifyCaller: createIdentifyCaller({
      registry,
      clock,
      ...(config.bootstrapKey === undefined ? {} : { bootstrapKey: config.bootstrapKey }),
    }),
    tokens: { requestToken: createRequestToken({ issueToken, audit, metrics, clock }), clouds, clock },
    applications: { registration, pager, redirectUri },
    credentials: { credentials, pager },
    keyVault: { diagnosis: credentials },
    tenants: { registration, directories, pager, consentUrl },
    diagnosis: { diagnosis: { ...credentials, observe, consentUrl }, redirectUri },
    consent: { followConsentLink: createFollowConsentLink(registry, tickets, clouds) },
    audit: { registry, pager },
    export: { registry, clock },
    health: { registry, loopDelay, warnings: () => expiryWarnings(expiries()) },
    metrics: { render: metrics.render, contentType: metrics.contentType },
  }
  return { services, watch }
}

function showGauges(
  metrics: PrometheusMetrics,
  cache: TokenCache,
  expiries: () => readonly CredentialExpiry[],
): void {
  metrics.gauge('token_broker_cached_tokens', 'Tokens in memory.', () => cache.size)
  metrics.gauges(
    'token_broker_credential_expiry_days',
    'Days until an active credential expires; negative where it has.',
    ['application', 'credential', 'type'],
    () =>
      expiries().map(({ application: { id }, credential, days }) => ({
        labels: { application: id, credential: credential.id, type: credential.type },
        value: days,
      })),
  )
}

function openVault(config: Config, { clock, random, vaultCredential, vaultTls, logger }: Platform) {
  const connection = {
    url: config.keyVaultUrl,
    credential: vaultCredential,
    ...(vaultTls === undefined ? {} : { tls: vaultTls }),
    onError: (description: object) => logger.warn(description, 'a call to Key Vault failed'),
  }
  const certificates = createCertificates(clock, random)
  const vault = createCredentialVault(connection)
  const onError = (err: unknown) => logger.error({ err }, 'a credential could not be read again')
  return { certificates, vault, custody: createKeyCustody({ connection, vault, certificates, onError }) }
}

/** What a mint shows of a tenant is recorded behind the answers; nobody waits for the database. */
function createObservedCache(
  config: Config,
  { clock, logger }: Platform,
  observe: Observe,
  mint: ReturnType<typeof createMint>,
): TokenCache {
  const onError = (err: unknown) => logger.error({ err }, 'a renewal or an observation failed unexpectedly')
  return createTokenCache({
    clock,
    capacity: config.tokenCacheMax,
    onError,
    async mint(target) {
      const result = await mint(target)
      observe(target, result).catch(onError)
      return result
    },
  })
}

function measured(issuer: TokenIssuer, metrics: TokenMetrics, clock: Clock): TokenIssuer {
  return {
    async acquire(acquisition) {
      const startedAt = clock.monotonic()
      const result = await issuer.acquire(acquisition)
      metrics.entraRequest(result.ok ? 'issued' : result.failure.code, clock.monotonic() - startedAt)
      return result
    },
  }
}
