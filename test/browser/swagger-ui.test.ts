import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { openBrowser, openTab, withoutBrowser } from './browser.ts'
import { authorize, tryOut } from './swagger-ui.ts'

t.test('Swagger UI gets a token under its content security policy', { skip: withoutBrowser }, async (t) => {
  const { sandbox } = await runSandbox(t)
  const { origin } = sandbox.broker
  const { page, complaints } = await openTab(await openBrowser(t))
  const foreign: string[] = []
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url())
    if (protocol !== 'data:' && asked !== origin) foreign.push(request.url())
  })

  await authorize(page, origin, sandbox.demo.callerKey)
  const { status, body } = await tryOut(page, 'requestToken')
  t.equal(status, 200)
  t.match(JSON.parse(body), { access_token: /^eyJ/, scope: 'Mail.Read', tenant: 'contoso' })

  const policy = (await page.request.get(`${origin}/docs/static/index.html`)).headers()
  t.match(policy['content-security-policy'], /^default-src 'none'; script-src 'self';/)
  t.strictSame(complaints, [], 'the browser complained of nothing')
  t.strictSame(foreign, [], 'and asked nobody else')
})

t.test('without a key Swagger UI shows the API and no data', { skip: withoutBrowser }, async (t) => {
  const { sandbox } = await runSandbox(t)
  const { page } = await openTab(await openBrowser(t))
  await page.goto(`${sandbox.broker.origin}/docs`)
  const { status, body } = await tryOut(page, 'listTenants')
  t.equal(status, 401)
  t.match(body, /"code": "unauthenticated"/)
  t.notMatch(await page.locator('body').textContent(), /fabrikam|Northwind/)
})
