import t from 'tap'
import { withoutBrowser } from './browser.ts'
import { setVisits } from './visits.ts'

t.test('From the link to the first token, in Chromium', { skip: withoutBrowser }, async (t) => {
  const visits = await setVisits(t)
  const { linkOf, control, expect, token, readMail, sandbox, operator } = visits

  for (const [tenant, locale] of [
    ['northwind', 'en-GB'],
    ['adatum', 'de-DE'],
  ] as const) {
    if (tenant === 'adatum') await visits.addTenant(tenant, { more: { display_name: 'Adatum AG' } })
    t.match((await token(tenant)).body, { code: 'consent_missing' })
    await control('settings', { consent_delay_ms: 1_500 })

    const tab = await visits.tab(locale)
    const { page } = tab
    await page.goto(await linkOf(tenant))
    const text = await page.locator('main').textContent()
    for (const shown of ['Mail.Read', sandbox.demo.clientId]) t.ok(text?.includes(shown), shown)
    await tab.picture('landing')
    const cookies = await tab.context.cookies()
    t.strictSame(cookies, [], 'reading leaves nothing behind')

    await page.getByRole('button').click()
    await page.waitForURL(/\/adminconsent\?/)
    const [cookie] = await tab.context.cookies(visits.origin)
    t.match(cookie, { name: 'consent', httpOnly: true, sameSite: 'Lax', path: '/' })
    await page.getByRole('button', { name: 'Accept' }).click()
    await expect(t, tab, 'checking')
    await expect(t, tab, 'ready')
    t.match(new URL(page.url()).pathname, /^\/consent\/outcome\//)

    const { status, body } = await token(tenant)
    t.equal(status, 200)
    t.ok([body['granted_permissions']].flat().includes('Mail.Read'))
    t.equal((await readMail(String(body['access_token']))).status, 200)
    t.match((await operator('GET', `/tenants/${tenant}`)).body, { consents: [{ status: 'granted' }] })
  }
  t.strictSame(visits.complaints(), [])
})

t.test('The page that waits looks again by itself, without a script', { skip: withoutBrowser }, async (t) => {
  const visits = await setVisits(t)
  await visits.control('settings', { consent_delay_ms: 3_600_000 })
  const tab = await visits.leave('northwind')
  await tab.page.getByRole('button', { name: 'Accept' }).click()
  await visits.expect(t, tab, 'checking')
  const requests: string[] = []
  tab.page.on('request', (request) => requests.push(new URL(request.url()).pathname))
  await tab.page.waitForRequest(/\/consent\/outcome\//, { timeout: 5_000 })
  t.match(requests, [/^\/consent\/outcome\//])
})
