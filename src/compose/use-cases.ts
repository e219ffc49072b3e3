import type { openAuditFile } from '../adapters/audit/file-sink.ts'
import { createDirectoryFinder } from '../adapters/entra/directory-finder.ts'
import { createEntraTokenIssuer } from '../adapters/entra/token-issuer.ts'
import { createPrometheusMetrics } from '../adapters/metrics/prometheus.ts'
import type { Tracing } from '../adapters/tracing/open-tracing.ts'
import type { Services } from '../app.ts'
import { deriveKeys } from '../broker/broker-secret.ts'
import type { ConsentVerification } from '../broker/consent-verification.ts'
import { type CredentialWatch, createCredentialWatch } from '../broker/credential-watch.ts'
import { credentialExpiries, expiryWarnings } from '../broker/expiry.ts'
import { refuseAuthentications } from '../broker/failed-authentications.ts'
import { createIdentifyCaller } from '../broker/identify-caller.ts'
import { createIssueToken } from '../broker/issue-token.ts'
import { limitRate } from '../broker/limit-rate.ts'
import { createMint } from '../broker/mint.ts'
import { createObserve } from '../broker/observe.ts'
import { createAwaitToken, createRequestToken } from '../broker/record-issuance.ts'
import type { Registry } from '../broker/registry.ts'
import { createWholeGrantRequest } from '../broker/token-request.ts'
import type { Config } from '../config.ts'
import { createCredentialReport } from '../http/credential-report.ts'
import type { LoadSignal } from '../http/overload.ts'
import { createPager } from '../http/pages.ts'
import { wireConsent } from './consent.ts'
import { showDroppedSpans, showEntraGauges, showGauges } from './gauges.ts'
import { createEntraTime, createGuard, createObservedCache, measured } from './minting.ts'
import type { Platform } from './platform.ts'
import { openConfiguredRedis } from './redis.ts'
import { openTokenVerifier } from './token-verifier.ts'
import type { Traced } from './tracing.ts'
import { openVault } from './vault.ts'

export interface Running {
  readonly registry: Registry
  readonly audit: ReturnType<typeof openAuditFile>
  readonly loopDelay: () => number
  readonly load: LoadSignal
  readonly traced: Traced
  readonly tracing: Pick<Tracing, 'dropped'> | undefined
}

export interface Wired {
  readonly services: Services
  readonly watch: CredentialWatch
  readonly verification: ConsentVerification
  /** Lets go of what was opened here. */
  close(): Promise<void>
}

/** Wires adapters and use cases into what the routes work with. */
export async function wire(
  config: Config,
  platform: Platform,
  { registry, audit, loopDelay, load, traced, tracing }: Running,
): Promise<Wired> {
  const { clock, random, clouds, logger } = platform
  const metrics = createPrometheusMetrics({ processMetrics: true })
  const { certificates, vault, custody } = openVault(config, platform, traced)
  const time = createEntraTime(platform)
  const entra = createEntraTokenIssuer({
    clouds,
    dispatcher: platform.entraDispatcher,
    clock: time.clock,
    random,
    onDate: time.saw,
    onFault: (description) => logger.warn(description, 'Entra gave no token'),
  })
  const directories = createDirectoryFinder({
    clouds,
    dispatcher: platform.entraDispatcher,
    clock: time.clock,
  })
  const guard = createGuard(config, platform, measured(traced.issuer(entra), metrics, clock))
  const mint = createMint({ registry, custody, issuer: guard.forCallers, clock })
  const observe = createObserve(registry, clock)
  const redis = await openConfiguredRedis(config, platform, { metrics, traced })
  const cache = createObservedCache(config, platform, observe, mint, redis)

  const redirectUri = `${config.publicUrl}/consent/callback`
  const consent = wireConsent(config, platform, { registry, mint, observe, cache, redirectUri })
  const { consentUrl, verification } = consent
  const issueToken = limitRate({ registry, clock }, createIssueToken({ registry, cache, consentUrl }))
  const trustedIssuers = new Set(config.jwtIssuers.map(({ issuer }) => issuer))
  const registration = { registry, clock, random, vault, custody, trustedIssuers }
  const pager = createPager(deriveKeys(config.brokerSecret, 'page-token'))
  const credentials = { ...registration, certificates, issuer: guard.forOperators, cache }
  const watch = createCredentialWatch({ ...credentials, report: createCredentialReport(logger) })
  const expiries = () => {
    const snapshot = registry.snapshot()
    return snapshot.ok ? credentialExpiries(snapshot.value.applications(), clock.now()) : []
  }
  showGauges(metrics, registry, cache, expiries)
  showEntraGauges(metrics, guard, time)
  if (tracing !== undefined) showDroppedSpans(metrics, tracing.dropped)

  const identifyCaller = createIdentifyCaller({
    registry,
    clock,
    tokenVerifier: openTokenVerifier(config, platform),
    trustedIssuers,
    ...(config.bootstrapKey === undefined ? {} : { bootstrapKey: config.bootstrapKey }),
  })
  const requestToken = traced.requestToken(createRequestToken({ issueToken, audit, metrics, clock }))
  const awaitToken = createAwaitToken(requestToken)
  const wholeGrantRequest = createWholeGrantRequest(config.tokenCacheMax)

  const services = {
    identifyCaller,
    refuseAuthentication: refuseAuthentications({ clock, metrics }),
    load,
    onShed: metrics.requestShed,
    tokens: { identifyCaller, requestToken, clouds, clock, tokenCacheMax: config.tokenCacheMax },
    entraFacade: { identifyCaller, awaitToken, wholeGrantRequest, clock },
    oauthDiscovery: { issuerUrl: config.issuerUrl, trustedIssuers: config.jwtIssuers, clock },
    managedIdentity: { enabled: config.msi, identifyCaller, awaitToken, wholeGrantRequest },
    applications: { registration, pager, redirectUri },
    credentials: { credentials, pager },
    keyVault: { diagnosis: credentials },
    tenants: { registration, directories, pager, consentUrl },
    diagnosis: { diagnosis: { ...credentials, observe, consentUrl }, redirectUri },
    consent: consent.options,
    audit: { registry, pager },
    export: { registry, clock },
    health: {
      registry,
      loopDelay,
      reasons: time.reasons,
      warnings: () => [...expiryWarnings(expiries()), ...time.warnings()],
    },
    metrics: { render: metrics.render, contentType: metrics.contentType },
  }
  return { services, watch, verification, close: async () => redis?.close() }
}
