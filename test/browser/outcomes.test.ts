import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { createVisitor, goAhead } from '../routes/visitor.ts'
import { type Tab, withoutBrowser } from './browser.ts'
import { type Locale, setVisits } from './visits.ts'

t.test('Each way in which a consent ends, in Chromium', { skip: withoutBrowser }, async (t) => {
  const ahead = goAhead()
  const visits = await setVisits(t, { ahead, environment: { REGISTRY_MAX_STALENESS: '2' } })
  const { control, leave, expect, sandbox, operator, folder } = visits
  const { clientId } = sandbox.demo
  const press = (tab: Tab, name: string) => tab.page.getByRole('button', { name, exact: true }).click()
  const both: readonly Locale[] = ['en-GB', 'de-DE']
  let tenants = 0

  /** A tenant that nobody has consented for. */
  async function fresh(): Promise<{ id: string; directory: string }> {
    tenants += 1
    const id = `tenant-${tenants}`
    const directory = await visits.addTenant(id, { more: { display_name: `Customer ${tenants} Ltd` } })
    return { id, directory }
  }

  t.test('cancelled, and once more with success', async (t) => {
    for (const locale of both) {
      const { id } = await fresh()
      const tab = await leave(id, locale)
      await press(tab, 'Cancel')
      await expect(t, tab, 'cancelled')
      await tab.page.locator('a[href^="/consent/"]').click()
      await tab.page.getByRole('button').click()
      await tab.page.waitForURL(/\/adminconsent\?/)
      await press(tab, 'Accept')
      await expect(t, tab, 'ready')
    }
  })

  t.test('permissions are missing', async (t) => {
    await control(`applications/${clientId}`, { required_roles: ['Mail.Read', 'Contacts.Read'] })
    for (const locale of both) {
      const tab = await leave((await fresh()).id, locale)
      await press(tab, 'Accept')
      await expect(t, tab, 'checking')
      ahead.step(71)
      await expect(t, tab, 'permissions_missing')
      t.match(await tab.page.locator('main').textContent(), /Mail\.Send/)
      ahead.step(-71)
    }
    await control(`applications/${clientId}`, { required_roles: demoPermissions })
  })

  t.test('an account that may not approve', async (t) => {
    for (const locale of both) {
      const { id, directory } = await fresh()
      await control(`directories/${directory}`, { visitor: 'user' })
      const tab = await leave(id, locale)
      await press(tab, 'Return to the application without granting consent')
      await expect(t, tab, 'not_administrator')
    }
  })

  t.test('the administrator of another directory', async (t) => {
    const { id, directory } = await fresh()
    await control(`directories/${directory}`, { visitor: (await fresh()).directory })
    const tab = await leave(id)
    await press(tab, 'Accept')
    await expect(t, tab, 'wrong_directory')
    t.match((await operator('GET', `/tenants/${id}`)).body, { consents: [{ status: 'unknown' }] })
  })

  t.test('Microsoft is away, or refuses with a text that would like to be a page', async (t) => {
    const { id, directory } = await fresh()
    const hostile = `"><script>alert(1)</script>' \u202e${'x'.repeat(10_000)}`
    for (const [kind, error] of [
      ['microsoft_unavailable', 'temporarily_unavailable'],
      ['microsoft_refused', 'invalid_request'],
    ] as const) {
      await control(`directories/${directory}`, { consent_error: { error, error_description: hostile } })
      const tab = await leave(id)
      await expect(t, tab, kind)
      t.notMatch(await tab.page.content(), /alert|xxx|\u202e/)
    }
  })

  t.test('a link that was revoked', async (t) => {
    const { id } = await fresh()
    const link = await visits.linkOf(id)
    await expectSuccess(operator('DELETE', `/tenants/${id}/tokens`))
    for (const locale of both) {
      const tab = await visits.tab(locale)
      t.equal((await tab.page.goto(link))?.status(), 404)
      await expect(t, tab, 'link_invalid')
    }
  })

  t.test('an answer that was used, and one that another browser asked for', async (t) => {
    const tab = await leave((await fresh()).id)
    const back = tab.page.waitForRequest(/\/consent\/callback\?/)
    await press(tab, 'Cancel')
    await expect(t, tab, 'cancelled')
    await tab.page.goto((await back).url())
    await expect(t, tab, 'already_used')

    const first = await leave((await fresh()).id)
    const path = await createVisitor(t, sandbox).decide(new URL(first.page.url()))
    const other = await visits.tab()
    await other.page.goto(`${visits.origin}${path}`)
    await expect(t, other, 'other_browser')
    await first.page.goto(`${visits.origin}${path}`)
    await expect(t, first, 'ready')
  })

  t.test('too many visits at a time', async (t) => {
    const { id } = await fresh()
    const link = await visits.linkOf(id)
    const visitor = createVisitor(t, sandbox)
    for (let visit = 0; visit < 50; visit += 1) await visitor.press(new URL(link).pathname)
    const tab = await visits.tab()
    await tab.page.goto(link)
    await tab.page.getByRole('button').click()
    await expect(t, tab, 'too_many')
  })

  t.test('a credential that Microsoft refuses: the operator has to mend it', async (t) => {
    const { id } = await fresh()
    const tab = await leave(id)
    await control(`applications/${clientId}`, { certificates: [] })
    await press(tab, 'Accept')
    await expect(t, tab, 'checking')
    ahead.step(71)
    await expect(t, tab, 'not_verified')
    ahead.step(-71)
  })

  t.test('the database is away', async (t) => {
    const link = await visits.linkOf('northwind')
    const db = new DatabaseSync(join(folder, 'registry.sqlite'))
    db.exec('alter table registry_meta rename to gone')
    ahead.pass(3)
    const tab = await visits.tab()
    t.equal((await tab.page.goto(link))?.status(), 503)
    await expect(t, tab, 'unavailable')
    db.exec('alter table gone rename to registry_meta')
    db.close()
  })

  t.test('the browser had nothing to complain of', async (t) => {
    t.strictSame(visits.complaints(), [])
  })
})
