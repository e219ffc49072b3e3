import t from 'tap'
import { translate } from '../../src/catalogue/translate.ts'
import { formatPermission } from '../../src/domain/permission.ts'

function names(...scopes: string[]): string[] {
  return translate('aurinko', scopes).permissions.map(formatPermission)
}

function ignored(...scopes: string[]): readonly string[] {
  return translate('aurinko', scopes).ignored
}

t.test('An exact Graph application permission stands for itself', async (t) => {
  t.same(names('User.Read.All', 'sites.selected'), ['Sites.Selected', 'User.Read.All'])
})

t.test(
  'Calendar scopes never become the work hours permissions, which must be asked for exactly',
  async (t) => {
    t.same(names('Calendar.Read', 'Calendars.ReadWrite'), ['Calendars.Read', 'Calendars.ReadWrite'])
    t.same(names('Calendars.Read.All'), ['Calendars.Read.All'])
    t.match(translate('aurinko', ['Calendars.Read.All']).notes, [/work hours and locations, not calendars/])
  },
)

t.test('Mail.ReadWrite does not bring Mail.Send, and tells of its narrowing', async (t) => {
  t.same(names('Mail.ReadWrite'), ['Mail.ReadWrite'])
  t.match(translate('aurinko', ['Mail.ReadWrite']).notes, [/2026-12-31.*Mail-Advanced\.ReadWrite\.All/])
  t.same(translate('aurinko', ['Mail.Read']).notes, [])
})

t.test('White space, commas and pluses part a list, and empty parts are harmless', async (t) => {
  const expected = ['Calendars.Read', 'Mail.Read', 'Mail.Send']
  t.same(names('Mail.Read Mail.Send Calendar.Read'), expected)
  t.same(names('Mail.Read,Mail.Send, Calendar.Read,'), expected)
  t.same(names('Mail.Read+Mail.Send+Calendar.Read'), expected)
  t.same(names(' ,+\tMail.Read\r\n', '', 'Mail.Send', '/', 'Calendar.Read'), expected)
})

t.test('Nothing asked for translates to nothing', async (t) => {
  const nothing = { permissions: [], ignored: [], unmapped: [], notes: [] }
  t.same(translate('aurinko', []), nothing)
  t.same(translate('aurinko', ['', ' , + / ']), nothing)
})

t.test('The URI of Graph before a name is dropped, whichever cloud it is of', async (t) => {
  for (const uri of [
    'https://graph.microsoft.com',
    'HTTPS://Graph.Microsoft.com',
    'https://graph.microsoft.us',
    'https://dod-graph.microsoft.us',
    'https://microsoftgraph.chinacloudapi.cn',
    '00000003-0000-0000-c000-000000000000',
  ]) {
    t.same(names(`${uri}/Mail.Read`, `${uri}//Calendar.Read/`), ['Calendars.Read', 'Mail.Read'], uri)
  }
  t.same(names('graph:Mail.Read'), ['Mail.Read'])
})

t.test('The URI of Exchange Online selects its permissions, and only those', async (t) => {
  for (const prefix of [
    'https://outlook.office.com/',
    'https://outlook.office365.com/',
    'https://outlook.office365.us/',
    'https://partner.outlook.cn/',
    '00000002-0000-0ff1-ce00-000000000000/',
    'outlook:',
  ]) {
    t.same(names(`${prefix}IMAP.AccessAsApp`), ['outlook:IMAP.AccessAsApp'], prefix)
    t.same(names(`${prefix}Mail.Read`), [], prefix)
  }
  t.same(names('Mail.Read https://outlook.office.com/SMTP.SendAsApp'), [
    'Mail.Read',
    'outlook:SMTP.SendAsApp',
  ])
  t.same(names('https://graph.microsoft.com/outlook:IMAP.AccessAsApp'), [], 'a URI is not overridden')
  t.same(
    names('https://graph.microsoft.com.example.org/Mail.Read', 'http://graph.microsoft.com/Mail.Read'),
    [],
  )
})

t.test('OpenID Connect scopes are ignored and reported', async (t) => {
  t.same(ignored('openid Profile email OFFLINE_ACCESS Mail.Read'), [
    'email',
    'offline_access',
    'openid',
    'profile',
  ])
  t.same(ignored('https://graph.microsoft.com/offline_access'), ['offline_access'])
})

t.test('A resource named alone or by .default asks for no permission and is reported', async (t) => {
  t.same(translate('aurinko', ['https://graph.microsoft.com/.default']), {
    permissions: [],
    ignored: ['https://graph.microsoft.com/.default'],
    unmapped: [],
    notes: [],
  })
  t.same(ignored('https://graph.microsoft.com//.default', 'https://graph.microsoft.com/'), [
    'https://graph.microsoft.com/.default',
  ])
  t.same(ignored('https://outlook.office365.com/.Default .default'), [
    '.default',
    'https://outlook.office365.com/.default',
  ])
})

t.test('An unknown scope is refused with the nearest names, in the spelling of the caller', async (t) => {
  t.match(translate('aurinko', ['Mail.Raed']), {
    permissions: [],
    unmapped: [{ scope: 'Mail.Raed', reason: 'unknown', suggestions: ['Mail.Read'] }],
  })
})

t.test(
  'A permission for users becomes its application permission, which is said to allow more',
  async (t) => {
    t.same(names('Mail.Read.Shared', 'Files.ReadWrite'), ['Files.ReadWrite.All', 'Mail.Read'])
    t.match(translate('aurinko', ['Files.ReadWrite']).notes, [
      /^Files\.ReadWrite is limited to .*signed-in user.*Files\.ReadWrite\.All in its place allows more/,
    ])
    t.same(names('User.Read'), ['User.Read.All'])
    t.match(translate('aurinko', ['https://graph.microsoft.com/user.read']).notes, [/User\.ReadBasic\.All/])
    t.same(names('https://outlook.office.com/IMAP.AccessAsUser.All'), ['outlook:IMAP.AccessAsApp'])
  },
)

t.test('What only a signed-in user can do is refused with the reason', async (t) => {
  t.strictSame(translate('aurinko', ['topic.read.all']).unmapped, [
    {
      scope: 'topic.read.all',
      reason: 'no_equivalent',
      suggestions: [],
      note:
        'Topic.Read.All works for signed-in users only, and no application permission stands for it; leave it ' +
        'out, or get a token of a user elsewhere.',
    },
  ])
  t.match(translate('aurinko', ['ChannelMessage.ReadWrite']).unmapped, [
    { note: /ChannelMessage\.Read\.All/ },
  ])
})

t.test('An app role id stands for its permission, of Graph unless a resource stands before it', async (t) => {
  const mailRead = '810c84a8-4a9e-49e6-bf7d-12d183f40d01'
  const imap = '5e5addcd-3e8d-4e90-baf5-964efab2b20a'
  t.same(names(mailRead, mailRead.toUpperCase(), `https://graph.microsoft.us/${mailRead}`), ['Mail.Read'])
  t.same(names(`https://outlook.office365.com/${imap}`, `outlook:${imap}`), ['outlook:IMAP.AccessAsApp'])
  t.same(names(`00000002-0000-0ff1-ce00-000000000000/${imap}`), ['outlook:IMAP.AccessAsApp'])
  for (const id of [imap, `outlook:${mailRead}`, '570282fd-fa5c-430d-a7fd-fc8dc98a9dca', `{${mailRead}}`])
    t.match(translate('aurinko', [id]), { permissions: [], unmapped: [{ scope: id, reason: 'unknown' }] }, id)
})

t.test("Azure AD Graph's names and role ids become Microsoft Graph's, and its end is told", async (t) => {
  for (const scope of [
    'https://graph.windows.net/Directory.Read.All',
    '00000002-0000-0000-c000-000000000000/directory.read.all',
    'https://graph.windows.net/5778995a-e1bf-45b8-affa-663a9f3f4d04',
  ]) {
    const { permissions, notes } = translate('aurinko', [scope])
    t.same(permissions.map(formatPermission), ['Directory.Read.All'], scope)
    t.match(notes, [/^Azure AD Graph is retired/], scope)
  }
  t.same(names('5778995a-e1bf-45b8-affa-663a9f3f4d04', 'https://graph.windows.net/Mail.Read'), [])
  t.same(ignored('https://graph.windows.net/.default'), ['https://graph.windows.net/.default'])
  t.match(translate('aurinko', ['https://graph.windows.net/Directory.AccessAsUser.All']).unmapped, [
    { reason: 'no_equivalent', note: /signed-in users only/ },
  ])
})

t.test('A name of another resource is refused and its full name suggested', async (t) => {
  t.match(translate('aurinko', ['IMAP.AccessAsApp']).unmapped, [
    { suggestions: ['outlook:IMAP.AccessAsApp'] },
  ])
  t.match(translate('aurinko', ['https://outlook.office.com/Mail.Read']).unmapped, [
    { scope: 'https://outlook.office.com/Mail.Read', suggestions: ['Mail.Read'] },
  ])
})

t.test('Names of the language are unknown scopes and nothing more', async (t) => {
  const scopes = ['__proto__', 'constructor', 'hasOwnProperty', 'outlook:__proto__', 'constructor:Mail.Read']
  t.same(
    translate('aurinko', scopes).unmapped.map(({ scope }) => scope),
    [...scopes].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
  )
})

t.test('One unknown scope among known ones is the only one reported', async (t) => {
  const { permissions, unmapped } = translate('aurinko', ['Mail.Read nonsense openid'])
  t.equal(permissions.length, 1)
  t.same(unmapped, [{ scope: 'nonsense', reason: 'unknown', suggestions: [] }])
})

t.test('An unmapped scope is echoed at most 128 characters long, as valid Unicode', async (t) => {
  const [unmapped] = translate('aurinko', [`${'x'.repeat(127)}😀${'y'.repeat(100_000)}`]).unmapped
  t.equal(unmapped?.scope, `${'x'.repeat(127)}\ufffd`)
})

t.test('A list of thousands of unknown scopes is answered whole, with suggestions for a few', async (t) => {
  const { unmapped } = translate('aurinko', [
    Array.from({ length: 5_000 }, (_, i) => `Mail.Read${i}`).join(' '),
  ])
  t.equal(unmapped.length, 5_000)
  t.equal(unmapped.filter(({ suggestions }) => suggestions.length > 0).length, 10)
})

t.test('A text full of slashes is read in linear time', async (t) => {
  const started = performance.now()
  translate('aurinko', [`${'/'.repeat(500_000)}x`, `x${'/'.repeat(500_000)}x`])
  t.ok(performance.now() - started < 2_000)
})
