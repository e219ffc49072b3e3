import type { Page } from 'playwright-core'

/** What a person does at `/docs`: signs in with a key and has the example of an operation sent. */
export async function authorize(page: Page, origin: string, key: string): Promise<void> {
  await page.goto(`${origin}/docs`)
  await page.getByRole('button', { name: 'Authorize' }).first().click()
  const dialog = page.locator('.modal-ux')
  await dialog.locator('input').first().fill(key)
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click()
  await dialog.getByRole('button', { name: 'Close' }).first().click()
}

export interface Shown {
  readonly status: number
  readonly body: string
}

/** Opens an operation, sends its example and reads the reply that is shown. */
export async function tryOut(page: Page, operation: string): Promise<Shown> {
  const block = page.locator(`[id$="-${operation}"]`)
  await block.locator('.opblock-summary-control').click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const reply = block.locator('.live-responses-table .response')
  const status = await reply.locator('.response-col_status').textContent()
  const body = await reply.locator('.highlight-code code').first().textContent()
  return { status: Number.parseInt(status ?? '', 10), body: body ?? '' }
}
