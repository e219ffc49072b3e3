import type { Test } from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { english } from '../../src/http/consent-pages/english.ts'
import { german } from '../../src/http/consent-pages/german.ts'
import type { ConsentOutcome } from '../../src/http/consent-pages/pages.ts'
import { items } from '../http/json-value.ts'
import { type Stage, setStage } from '../routes/stage.ts'
import type { Ahead } from '../routes/visitor.ts'
import { openBrowser, openTab, type Tab } from './browser.ts'

export type Locale = 'en-GB' | 'de-DE'

export interface Visits extends Stage {
  readonly origin: string
  linkOf(tenant: string): Promise<string>
  /** What the portal or a person at Microsoft does: the local Entra's control. */
  control(path: string, body: object): Promise<void>
  tab(locale?: Locale): Promise<Tab>
  /** A tab that stands on Microsoft's consent page of this tenant. */
  leave(tenant: string, locale?: Locale): Promise<Tab>
  /** Waits until the page tells this, and takes its picture. */
  expect(t: Test, tab: Tab, kind: ConsentOutcome['kind']): Promise<void>
  /** What any page of this run was complained of. */
  complaints(): readonly string[]
}

export interface VisitsOptions {
  /** Hands on the time of the broker; it passes by itself where not given. */
  readonly ahead?: Ahead
  readonly environment?: Readonly<Record<string, string>>
}

/** The broker, Microsoft's part and a browser. */
export async function setVisits(parent: Test, { ahead, environment }: VisitsOptions = {}): Promise<Visits> {
  const stage = await setStage(parent, {
    ...(ahead !== undefined && { platform: { clock: ahead.clock, wait: ahead.wait } }),
    ...(environment !== undefined && { environment }),
  })
  const browser = await openBrowser(parent)
  const tabs: Tab[] = []

  const visits: Visits = {
    ...stage,
    origin: stage.sandbox.broker.origin,
    async linkOf(tenant) {
      const { body } = await stage.operator('GET', `/tenants/${tenant}`)
      return String(items(body['consents'])[0]?.['admin_consent_url'])
    },
    async control(path, body) {
      await expectSuccess(stage.entra('PUT', `/_sandbox/${path}`, body))
    },
    async tab(locale = 'en-GB') {
      const tab = await openTab(browser, locale)
      tabs.push(tab)
      return tab
    },
    async leave(tenant, locale) {
      const tab = await visits.tab(locale)
      await tab.page.goto(await visits.linkOf(tenant))
      await tab.page.getByRole('button').click()
      // The departure page goes there by itself.
      await tab.page.waitForURL(/\/adminconsent\?|\/consent\/callback\?/)
      return tab
    },
    async expect(t, tab, kind) {
      const strings = tab.locale === 'de-DE' ? german : english
      const heading = tab.page.getByRole('heading', { name: strings.outcomes[kind].heading, exact: true })
      await heading.waitFor({ timeout: 15_000 })
      t.equal(await tab.page.locator('html').getAttribute('lang'), tab.locale.slice(0, 2), kind)
      await tab.picture(kind)
    },
    complaints: () => tabs.flatMap(({ complaints }) => complaints),
  }
  return visits
}
