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

t.test('every dialect is listed, and can be asked for and translated by', async (t) => {
  const { body } = await caller('GET', '/scopes')
  const ids = items(body['items']).map(({ id }) => id)
  for (const [dialect, scope, value] of [
    ['aurinko', 'Calendar.Read', 'Calendars.Read'],
    ['cloud-elements', 'Users.Read.All', 'User.Read.All'],
    ['cyclr', 'File.Read.All', 'Files.Read.All'],
    ['email-this-issue', 'general', 'User.Read.All'],
    ['graph', '810c84a8-4a9e-49e6-bf7d-12d183f40d01', 'Mail.Read'],
    ['outlook', 'SMTP.Send', 'SMTP.SendAsApp'],
  ] as const) {
    const reply = await caller('POST', '/scopes/translations', { dialect, scopes: [scope] })
    t.match(reply, { status: 200, body: { permissions: [{ value }], unmapped: [] } }, dialect)
    t.ok(ids.includes(dialect), dialect)
    t.equal((await caller('GET', `/scopes/${dialect}`)).status, 200)
  }
})

t.test('a scope that nothing stands for comes back with the reason', async (t) => {
  const scopes = ['ChannelMessage.Send', 'User.Read']
  const { status, body } = await caller('POST', '/scopes/translations', { dialect: 'graph', scopes })
  t.equal(status, 200)
  t.match(body, {
    permissions: [{ value: 'User.Read.All' }],
    unmapped: [{ scope: 'ChannelMessage.Send', reason: 'no_equivalent', note: /Teamwork\.Migrate\.All/ }],
    notes: [/User\.Read\.All in its place allows more/],
  })
  const graph = await caller('GET', '/scopes/graph')
  t.match(
    items(graph.body['scopes']).find((entry) => entry['scope'] === 'ChannelMessage.Send'),
    { permissions: [], fidelity: 'no_equivalent', note: /signed-in users only/ },
  )
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
