import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { createApiClient } from '../sandbox/api-client.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { authorize, tryOut } from '../test/browser/swagger-ui.ts'

/* The pictures of the documentation, taken of the sandbox: `CHROMIUM_PATH=/usr/bin/chromium npm run screenshots`. */

const images = new URL('../docs/images/', import.meta.url).pathname
const executablePath = process.env['CHROMIUM_PATH']
if (executablePath === undefined) throw new Error('CHROMIUM_PATH names no browser.')

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'))
const sandbox = await startSandbox({ folder, port: 0, logLevel: 'error' })
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, locale: 'en-GB' })

await takeSwaggerUi(page, sandbox)
await takeConsent(page, sandbox)

await browser.close()
await sandbox.close()
rmSync(folder, { recursive: true })

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(images, name) })
  console.log(`docs/images/${name}`)
}

async function takeSwaggerUi(page: Page, { broker, demo }: Sandbox): Promise<void> {
  await authorize(page, broker.origin, demo.callerKey)
  await take(page, 'swagger-ui.png')
  // No picture has a key or a whole token on it, not even those of a broker that is gone when it is looked at.
  await page.route('**/tokens', async (route) => {
    const response = await route.fetch()
    const { access_token, ...rest } = await response.json()
    await route.fulfill({ response, json: { access_token: `${access_token.slice(0, 16)}…`, ...rest } })
  })
  await tryOut(page, 'requestToken')
  await page.addStyleTag({ content: '.curl-command { display: none }' })
  await page.locator('.responses-inner').first().scrollIntoViewIfNeeded()
  await take(page, 'swagger-ui-token.png')
}

/** Where the consent link is a page of the broker's own, and no mere redirect. */
async function takeConsent(page: Page, { broker, demo }: Sandbox): Promise<void> {
  const ask = createApiClient({ origin: broker.origin, key: demo.callerKey })
  const { body } = await ask('POST', '/tokens', { tenant: 'northwind', scopes: ['Mail.Read'] })
  const link = String(body['admin_consent_url'])
  const reply = await page.request.get(link, { maxRedirects: 0 })
  if (!reply.headers()['content-type']?.startsWith('text/html')) return
  await page.goto(link)
  await take(page, 'consent.png')
}
