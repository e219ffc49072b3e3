import t from 'tap'
import { translate } from '../../../src/catalogue/translate.ts'
import { expectTable, notesOf } from './expect-table.ts'

/** Names that Cloud Elements' set-up lists under Azure AD Graph. */
const retired = [
  'Application.ReadWrite.All',
  'Device.ReadWrite.All',
  'Directory.ReadWrite.All',
  'Domain.ReadWrite.All',
  'Group.ReadWrite.All',
  'Member.Read.Hidden',
  'User.ReadBasic.All',
]

t.test("Each of Cloud Elements' scopes stands for its permissions in Microsoft Graph", async (t) => {
  expectTable(t, 'cloud-elements', [
    ['Calendars.ReadWrite', 'Calendars.ReadWrite'],
    ...retired.map((name) => [name, name] as const),
    ['Application.Read.All', 'Application.Read.All'],
    ['Application.ReadWrite.OwnedBy', 'Application.ReadWrite.OwnedBy'],
    ['Directory.Read.All', 'Directory.Read.All'],
    ['Group.Read.All', 'Group.Read.All'],
    ['Policy.Read.All', 'Policy.Read.All'],
    ['User.Read.All', 'User.Read.All'],
    ['User.Read', 'User.Read.All'],
    ['Directory.AccessAsUser.All'],
    ['Users.Read', 'User.Read.All'],
    ['Users.Read.All', 'User.Read.All'],
    ['Users.ReadWrite', 'User.ReadWrite.All'],
    ['Users.ReadWrite.All', 'User.ReadWrite.All'],
    ['outlook:Mail.Send', 'Mail.Send'],
    ['outlook:Mail.Read', 'Mail.Read'],
    ['outlook:Mail.ReadWrite', 'Mail.ReadWrite'],
  ])
})

t.test('Names of Azure AD Graph come with a note that it is retired', async (t) => {
  for (const name of retired) {
    for (const scope of [name, `https://graph.windows.net/${name}`])
      t.match(
        notesOf('cloud-elements', scope),
        `Azure AD Graph is retired: where its ${name} is meant`,
        scope,
      )
  }
  t.match(notesOf('cloud-elements', 'User.Read'), /allows more, since no user limits it/)
  t.match(
    notesOf('cloud-elements', 'https://graph.windows.net/Directory.Read.All'),
    /User\.Read\.All is enough/,
  )
  t.equal(notesOf('cloud-elements', 'Calendars.ReadWrite'), '')
})

t.test("Mail scopes behind Outlook's URI mean Graph's, in this dialect alone", async (t) => {
  const scopes = ['https://outlook.office.com/mail.send', 'https://outlook.office.com/mail.readwrite']
  t.match(translate('cloud-elements', scopes), {
    permissions: [
      { resource: 'graph', value: 'Mail.ReadWrite' },
      { resource: 'graph', value: 'Mail.Send' },
    ],
    unmapped: [],
  })
  t.match(notesOf('cloud-elements', ...scopes), /Mail\.Send of Microsoft Graph takes its place/)
  t.equal(translate('graph', scopes).permissions.length, 0)
})

t.test("Cloud Elements' own spelling is named, and that it may grant more", async (t) => {
  t.match(notesOf('cloud-elements', 'Users.Read'), /writes Users\.Read for User\.Read, .* allows more/)
  t.match(notesOf('cloud-elements', 'Users.Read.All'), /writes Users\.Read\.All for User\.Read\.All/)
})
