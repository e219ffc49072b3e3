import t, { type Test } from 'tap'
import { bySecret, clientId, contoso, decode, fabrikam, secret, startEntra } from './entra-fixture.ts'

const redirectUri = 'https://broker.example/consent/callback?from=entra'
const page = `/${contoso}/adminconsent`

async function start(t: Test) {
  const entra = await startEntra(t)
  await entra.put(`/applications/${clientId}`, {
    secrets: [secret],
    display_name: '<Daemon> & "Co"',
    required_roles: ['Mail.Read', 'outlook:IMAP.AccessAsApp'],
    redirect_uris: [redirectUri],
  })
  await entra.put(`/directories/${contoso}`, { display_name: 'Contoso' })
  const open = (query: Record<string, string>) => entra.call(`${page}?${new URLSearchParams(query)}`)
  const decide = (decision: string, form: Record<string, string> = {}) =>
    entra.post(page, { client_id: clientId, decision, ...form })
  return { ...entra, open, decide }
}

t.test('the page says who asks, for which directory and for what, all of it escaped', async (t) => {
  const { open } = await start(t)
  const state = '"><script>alert(1)</script>'
  const reply = await open({ client_id: clientId, redirect_uri: redirectUri, state })
  t.equal(reply.status, 200)
  t.equal(reply.headers.get('content-type'), 'text/html; charset=utf-8')
  const text = await reply.text()
  t.ok(text.includes('&lt;Daemon&gt; &amp; &quot;Co&quot;'))
  t.ok(text.includes('<strong>Contoso</strong>'))
  t.ok(text.includes('<strong>Mail.Read</strong> <small>Microsoft Graph'))
  t.ok(text.includes('<strong>IMAP.AccessAsApp</strong> <small>Office 365 Exchange Online'))
  t.match(text, /<form method="post">.*<button name="decision" value="accept">Accept<\/button>/s)
  t.ok(text.includes('name="state" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"'))
  t.notMatch(text, /<script/)
})

t.test('Accept grants what the application requires, beside what it had, and goes back', async (t) => {
  const { decide, token, put } = await start(t)
  await put(`/directories/${contoso}/consents/${clientId}`, { roles: ['Mail.Send'] })
  const reply = await decide('accept', { redirect_uri: redirectUri, state: 'a b&c' })
  t.equal(reply.status, 302)
  t.equal(reply.headers.get('location'), `${redirectUri}&admin_consent=True&tenant=${contoso}&state=a+b%26c`)
  const { body } = await token(bySecret())
  t.strictSame(decode(body['access_token']).claims['roles'], ['Mail.Send', 'Mail.Read'])
})

t.test('Cancel grants nothing and says so; state is absent where none was sent', async (t) => {
  const { decide, token } = await start(t)
  const reply = await decide('cancel')
  t.equal(reply.headers.get('location'), `${redirectUri}&error=access_denied&error_subcode=cancel`)
  t.match((await token(bySecret())).body, { error_codes: [700016] })
})

t.test(
  'who opens the page is up to the control: somebody who may not, or who administers another one',
  async (t) => {
    const { open, decide, put, token } = await start(t)
    await put(`/directories/${contoso}`, { visitor: 'user' })
    const request = { client_id: clientId, redirect_uri: redirectUri, state: 's' }
    t.match(await (await open(request)).text(), /Need admin approval.*AADSTS90094: .*name="state" value="s"/s)
    const refused = (await decide('accept', { redirect_uri: redirectUri, state: 's' })).headers.get(
      'location',
    )
    t.match(refused, /&error=access_denied&error_description=AADSTS90094%3A.*&state=s$/)
    t.match((await token(bySecret())).body, { error_codes: [700016] }, 'whatever the form says')

    await put(`/directories/${contoso}`, { visitor: fabrikam })
    const elsewhere = (await decide('accept', { state: 's' })).headers.get('location')
    t.equal(elsewhere, `${redirectUri}&admin_consent=True&tenant=${fabrikam}&state=s`)
    t.match((await token(bySecret())).body, { error_codes: [700016] })
    t.equal((await token(bySecret(), {}, fabrikam)).status, 200)
  },
)

t.test('an error sends whoever opens the page back at once, until it is taken away', async (t) => {
  const { open, put } = await start(t)
  const request = { client_id: clientId, redirect_uri: redirectUri, state: 's' }
  await put(`/directories/${contoso}`, { consent_error: { error: 'temporarily_unavailable' } })
  const reply = await open(request)
  t.equal(reply.headers.get('location'), `${redirectUri}&error=temporarily_unavailable&state=s`)
  await put(`/directories/${contoso}`, { consent_error: null })
  t.equal((await open(request)).status, 200)
})

t.test('what is wrong with the request is a page and never a redirect', async (t) => {
  const { open, decide, call, put } = await start(t)
  const elsewhere = 'https://attacker.example/'
  const cases: [Promise<Awaited<ReturnType<typeof open>>>, string][] = [
    [open({ client_id: fabrikam }), 'AADSTS700016: Application with identifier'],
    [open({}), 'AADSTS900144: '],
    [
      open({ client_id: clientId, redirect_uri: elsewhere }),
      `AADSTS50011: The redirect URI &#39;${elsewhere}&#39; specified`,
    ],
    [decide('accept', { redirect_uri: elsewhere }), 'AADSTS50011: '],
    [call(`/${fabrikam}/adminconsent?client_id=${clientId}`), 'AADSTS90002: '],
  ]
  for (const [asked, text] of cases) {
    const reply = await asked
    t.equal(reply.status, 400, text)
    t.equal(reply.headers.get('location'), null, text)
    t.ok((await reply.text()).includes(text), text)
  }
  await put(`/applications/${clientId}`, { redirect_uris: [] })
  t.match(await (await open({ client_id: clientId, redirect_uri: elsewhere })).text(), /AADSTS500113: /)
})

t.test('an application without redirect URIs gets a page that tells the outcome', async (t) => {
  const { decide, put } = await start(t)
  await put(`/applications/${clientId}`, { redirect_uris: [] })
  const accepted = await decide('accept')
  t.equal(accepted.status, 200)
  t.match(await accepted.text(), /Permissions granted/)
  t.match(await (await decide('cancel')).text(), /Nothing was granted/)
})

t.test('a consent counts only when it has spread, and a withdrawn one at once no more', async (t) => {
  const { decide, token, put, call, clock } = await start(t)
  await put('/settings', { consent_delay_ms: 30_000 })
  await decide('accept')
  t.match((await token(bySecret())).body, { error_codes: [700016] })
  clock.now += 30_000
  t.equal((await token(bySecret())).status, 200)
  const path = `/_sandbox/directories/${contoso}/consents/${clientId}`
  t.equal((await call(path, { method: 'DELETE' })).status, 204)
  t.match((await token(bySecret())).body, { error_codes: [700016] })
})

t.test(
  'an application is in the directory with no roles at all, and its tokens then have none',
  async (t) => {
    const { put, token } = await start(t)
    await put(`/directories/${fabrikam}/consents/${clientId}`, { roles: [] })
    const { body } = await token(bySecret(), {}, fabrikam)
    t.notOk('roles' in decode(body['access_token']).claims)
  },
)

t.test('a summary of an application has its thumbprints and no secrets', async (t) => {
  const { put } = await start(t)
  const reply = await put(`/applications/${clientId}`, { display_name: 'Renamed' })
  t.strictSame(await reply.json(), {
    client_id: clientId,
    display_name: 'Renamed',
    disabled: false,
    certificates: [],
    secret_count: 1,
    required_roles: ['Mail.Read', 'outlook:IMAP.AccessAsApp'],
    redirect_uris: [redirectUri],
  })
})

t.test('the control refuses what it does not know', async (t) => {
  const { put } = await start(t)
  const refused: [string, unknown][] = [
    [`/applications/${clientId}`, { unknown: 1 }],
    [`/applications/${clientId}`, { disabled: 'true' }],
    [`/applications/${clientId}`, { certificates: ['no certificate'] }],
    [`/applications/${clientId}`, { secrets: [{ value: 'x', expires_at: 'soon' }] }],
    ['/applications/daemon', {}],
    ['/directories/contoso', {}],
    [`/directories/${contoso}`, { visitor: 'nobody' }],
    [`/directories/${contoso}`, { consent_error: {} }],
    [`/directories/${contoso}`, { domains: ['no domain'] }],
    [`/directories/${contoso}/consents/${clientId}`, { roles: ['teams:Chat.Read'] }],
    [`/directories/${contoso}/consents/${clientId}`, {}],
    ['/settings', { consent_delay_ms: -1 }],
    ['/settings', { absent_application_code: 1 }],
  ]
  for (const [path, body] of refused) {
    t.equal((await put(path, body)).status, 400, `${path} ${JSON.stringify(body)}`)
  }
})
