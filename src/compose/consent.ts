import type { Services } from '../app.ts'
import { createBeginConsent } from '../broker/begin-consent.ts'
import { deriveKeys } from '../broker/broker-secret.ts'
import { createCompleteConsent } from '../broker/complete-consent.ts'
import { createReadConsentOutcome } from '../broker/consent-outcome.ts'
import { createConsentReceipts } from '../broker/consent-receipt.ts'
import { claimOf, createOpenConsentLink } from '../broker/consent-subject.ts'
import { createConsentTickets } from '../broker/consent-ticket.ts'
import { type ConsentVerification, createConsentVerification } from '../broker/consent-verification.ts'
import type { LearnOptions } from '../broker/learn.ts'
import type { createMint } from '../broker/mint.ts'
import type { Registry } from '../broker/registry.ts'
import type { Config } from '../config.ts'
import type { Application } from '../domain/application.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Platform } from './platform.ts'

interface Consenting extends LearnOptions {
  readonly registry: Registry
  readonly mint: ReturnType<typeof createMint>
  readonly redirectUri: string
}

export interface WiredConsent {
  readonly options: Services['consent']
  readonly verification: ConsentVerification
  readonly consentUrl: (tenant: Tenant, application: Application) => string
}

/** The way of a consent: link, Microsoft, the way back, and the look for it. */
export function wireConsent(config: Config, platform: Platform, consenting: Consenting): WiredConsent {
  const { clock, random, clouds, wait, logger } = platform
  const { registry, redirectUri } = consenting
  const tickets = createConsentTickets(deriveKeys(config.brokerSecret, 'consent-ticket'), clock.now)
  const receipts = createConsentReceipts(deriveKeys(config.brokerSecret, 'consent-receipt'), clock.now)
  const verification = createConsentVerification({
    ...consenting,
    clock,
    wait,
    onError: (err) => logger.error({ err }, 'a consent could not be looked for'),
  })
  const openLink = createOpenConsentLink(registry, tickets)
  const linkPath = (tenant: Tenant, application: Application) =>
    `/consent/${tickets.issue(claimOf({ tenant, application }))}`
  return {
    verification,
    consentUrl: (tenant, application) => `${config.publicUrl}${linkPath(tenant, application)}`,
    options: {
      openLink,
      beginConsent: createBeginConsent({ registry, clock, random, clouds, openLink, redirectUri }),
      completeConsent: createCompleteConsent({ registry, clock, receipts, verification }),
      readOutcome: createReadConsentOutcome({ registry, clock, receipts }),
      linkPath,
      publicUrl: config.publicUrl,
    },
  }
}
