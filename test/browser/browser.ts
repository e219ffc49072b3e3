import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

const executablePath = process.env['CHROMIUM_PATH']
/** Why tests of a browser are skipped; false where there is one. */
export const withoutBrowser = executablePath === undefined && 'CHROMIUM_PATH names no browser'

const folder = resolve(import.meta.dirname, '../../screenshots')

export interface Tab {
  readonly page: Page
  readonly context: BrowserContext
  readonly locale: string
  /** A picture of the page by daylight and in the dark. */
  picture(name: string): Promise<void>
  /** What the browser complained of; pages of 4xx are complaints of Chromium's own making and not among it. */
  readonly complaints: readonly string[]
}

/** Chromium without its sandbox, which no container lets it have, until the test ends. */
export async function openBrowser(t: Test): Promise<Browser> {
  const browser = await chromium.launch({
    args: ['--no-sandbox'],
    ...(executablePath !== undefined && { executablePath }),
  })
  t.teardown(() => browser.close())
  return browser
}

/** A profile of its own, with nothing in it. The local Entra's certificate is of an authority that nobody knows. */
export async function openTab(browser: Browser, locale = 'en-GB'): Promise<Tab> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    const isOfStatus = message.text().startsWith('Failed to load resource: the server responded with')
    if (message.type() === 'error' && !isOfStatus) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  mkdirSync(folder, { recursive: true })
  return {
    page,
    context,
    locale,
    complaints,
    async picture(name) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const file = `${name}.${locale.slice(0, 2)}.${colorScheme}.png`
        await page.screenshot({ path: join(folder, file), fullPage: true })
      }
    },
  }
}
