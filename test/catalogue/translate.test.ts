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

t.test('A delegated permission without an application form of its name is unknown', async (t) => {
  t.match(translate('aurinko', ['Mail.Read.Shared']).unmapped, [
    { reason: 'unknown', suggestions: ['Mail.Read'] },
  ])
  t.match(translate('aurinko', ['User.Read']).unmapped, [
    { reason: 'unknown', suggestions: ['User.Read.All'] },
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
