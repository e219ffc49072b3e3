import type { openAuditFile } from '../adapters/audit/file-sink.ts'
import { createDirectoryFinder } from '../adapters/entra/directory-finder.ts'
import { createEntraTokenIssuer } from '../adapters/entra/token-issuer.ts'
import { createPrometheusMetrics } from '../adapters/metrics/prometheus.ts'
import type { Tracing } from '../adapters/tracing/open-tracing.ts'
import type { Services } from '../app.ts'
import { deriveKeys } from '../broker/broker-secret.ts'
import { createConsentTickets } from '../broker/consent-ticket.ts'
import { type CredentialWatch, createCredentialWatch } from '../broker/credential-watch.ts'
import { credentialExpiries, expiryWarnings } from '../broker/expiry.ts'
import { createFollowConsentLink } from '../broker/follow-consent-link.ts'
import { createIdentifyCaller } from '../broker/identify-caller.ts'
import { createIssueToken } from '../broker/issue-token.ts'
import { createMint } from '../broker/mint.ts'
import { createObserve } from '../broker/observe.ts'
import { createRequestToken } from '../broker/record-issuance.ts'
import type { Registry } from '../broker/registry.ts'
import type { Config } from '../config.ts'
import type { Application } from '../domain/application.ts'
import type { Tenant } from '../domain/tenant.ts'
import { createCredentialReport } from '../http/credential-report.ts'
import { createPager } from '../http/pages.ts'
import { showDroppedSpans, showGauges } from './gauges.ts'
import { createObservedCache, measured } from './minting.ts'
import type { Platform } from './platform.ts'
import { openTokenVerifier } from './token-verifier.ts'
import type { Traced } from './tracing.ts'
import { openVault } from './vault.ts'

export interface Running {
  readonly registry: Registry
  readonly audit: ReturnType<typeof openAuditFile>
  readonly loopDelay: () => number
  readonly traced: Traced
  readonly tracing: Pick<Tracing, 'dropped'> | undefined
}

export interface Wired {
  readonly services: Services
  readonly watch: CredentialWatch
}

/** Wires adapters and use cases into what the routes work with. */
export function wire(
  config: Config,
  platform: Platform,
  { registry, audit, loopDelay, traced, tracing }: Running,
): Wired {
  const { clock, random, clouds, logger } = platform
  const metrics = createPrometheusMetrics({ processMetrics: true })
  const { certificates, vault, custody } = openVault(config, platform, traced)
  const entra = createEntraTokenIssuer({
    clouds,
    dispatcher: platform.entraDispatcher,
    clock,
    random,
    onFault: (description) => logger.warn(description, 'Entra gave no token'),
  })
  const directories = createDirectoryFinder({ clouds, dispatcher: platform.entraDispatcher, clock })
  const issuer = measured(traced.issuer(entra), metrics, clock)
  const mint = createMint({ registry, custody, issuer, clock })
  const observe = createObserve(registry, clock)
  const cache = createObservedCache(config, platform, observe, mint)

  const tickets = createConsentTickets(deriveKeys(config.brokerSecret, 'consent-ticket'), clock.now)
  const consentUrl = (tenant: Tenant, application: Application) =>
    `${config.publicUrl}/consent/${tickets.issue({ tenantUid: tenant.uid, applicationUid: application.uid, tenantEpoch: tenant.epoch })}`
  const issueToken = createIssueToken({ registry, cache, consentUrl })
  const trustedIssuers = new Set(config.jwtIssuers.map(({ issuer }) => issuer))
  const registration = { registry, clock, random, vault, custody, trustedIssuers }
  const redirectUri = `${config.publicUrl}/consent/callback`
  const pager = createPager(deriveKeys(config.brokerSecret, 'page-token'))
  const credentials = { ...registration, certificates, issuer, cache }
  const watch = createCredentialWatch({ ...credentials, report: createCredentialReport(logger) })
  const expiries = () => {
    const snapshot = registry.snapshot()
    return snapshot.ok ? credentialExpiries(snapshot.value.applications(), clock.now()) : []
  }
  showGauges(metrics, registry, cache, expiries)
  if (tracing !== undefined) showDroppedSpans(metrics, tracing.dropped)

  const requestToken = traced.requestToken(createRequestToken({ issueToken, audit, metrics, clock }))
  const services = {
    identifyCaller: createIdentifyCaller({
      registry,
      clock,
      tokenVerifier: openTokenVerifier(config, platform),
      trustedIssuers,
      ...(config.bootstrapKey === undefined ? {} : { bootstrapKey: config.bootstrapKey }),
    }),
    tokens: { requestToken, clouds, clock },
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
