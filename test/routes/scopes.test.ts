import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { items } from '../http/json-value.ts'

const { caller } = await runSandbox(t)

t.test("the platforms' scopes and what they stand for", async (t) => {
  const { status, body } = await caller('GET', '/scopes')
  t.equal(status, 200)
  const aurinko = items(body['items']).find(({ id }) => id === 'aurinko')
  t.match(aurinko, { title: 'Aurinko' })
  const one = await caller('GET', '/scopes/aurinko')
  t.equal(one.status, 200)
  t.strictSame(one.body, aurinko)
  const named = (scope: string) => items(aurinko?.['scopes']).find((entry) => entry['scope'] === scope)
  t.match(named('Calendar.Read'), { permissions: ['Calendars.Read'], fidelity: 'exact' })
  t.match(named('Mail.ReadOnly'), { permissions: ['Mail.Read'], alias_of: 'Mail.Read' })
  t.match(named('Mail.Drafts'), { fidelity: 'broader', note: /drafts/ })
})

t.test('scopes are translated without a token being issued', async (t) => {
  const scopes = [
    'Mail.ReadOnly, Calendar.ReadWrite+openid',
    'https://outlook.office365.com/IMAP.AccessAsApp',
    'Mail.Raed',
  ]
  const { status, body } = await caller('POST', '/scopes/translations', { dialect: 'aurinko', scopes })
  t.equal(status, 200)
  t.match(body, {
    permissions: [
      { resource: 'graph', value: 'Calendars.ReadWrite', id: 'ef54d2bf-783f-4e0f-bca1-3210c0444d99' },
      { resource: 'graph', value: 'Mail.Read', id: '810c84a8-4a9e-49e6-bf7d-12d183f40d01' },
      { resource: 'outlook', value: 'IMAP.AccessAsApp', display_name: /IMAP/ },
    ],
    ignored: ['openid'],
    unmapped: [{ scope: 'Mail.Raed', reason: 'unknown', suggestions: ['Mail.Read'] }],
  })
})

t.test("what a caller sends comes back short, and cannot pass for the broker's own words", async (t) => {
  const scope = `<script>\u202e${'x'.repeat(1000)}`
  const { status, headers, body } = await caller('POST', '/scopes/translations', { scopes: [scope] })
  t.equal(status, 200)
  t.match(headers['content-type'], /^application\/json/)
  t.equal(String(items(body['unmapped'])[0]?.['scope']).length, 128)
})
