import t from 'tap'
import { translate } from '../../../src/catalogue/translate.ts'
import { expectTable, notesOf, type Table } from './expect-table.ts'

const setUp: Table = [
  ['Mail.ReadOnly', 'Mail.Read'],
  ['Mail.Read', 'Mail.Read'],
  ['Mail.ReadWrite', 'Mail.ReadWrite'],
  ['Mail.Send', 'Mail.Send'],
  ['Calendar.ReadOnly', 'Calendars.Read'],
  ['Calendar.Read', 'Calendars.Read'],
  ['Calendar.ReadWrite', 'Calendars.ReadWrite'],
  ['Contacts.ReadOnly', 'Contacts.Read'],
  ['Contacts.Read', 'Contacts.Read'],
  ['Contacts.ReadWrite', 'Contacts.ReadWrite'],
]

t.test('Each scope of Aurinko stands for its Graph application permissions', async (t) => {
  expectTable(t, 'aurinko', [
    ...setUp,
    ['Mail.Drafts', 'Mail.ReadWrite', 'Mail.Send'],
    ['Mail.All', 'Mail.ReadWrite', 'Mail.Send'],
    ['Tasks.Read', 'Tasks.Read.All'],
    ['Tasks.ReadWrite', 'Tasks.ReadWrite.All'],
    ['Calendars.Read', 'Calendars.Read'],
    ['Calendars.ReadWrite', 'Calendars.ReadWrite'],
  ])
})

t.test("All rows of Aurinko's set-up page together give its seven permissions, sorted", async (t) => {
  const { permissions } = translate(
    'aurinko',
    setUp.map(([scope]) => scope),
  )
  t.same(
    permissions.map(({ value }) => value),
    [
      'Calendars.Read',
      'Calendars.ReadWrite',
      'Contacts.Read',
      'Contacts.ReadWrite',
      'Mail.Read',
      'Mail.ReadWrite',
      'Mail.Send',
    ],
  )
})

t.test('A permission carries the role id and the name that Entra shows', async (t) => {
  t.same(translate('aurinko', ['Mail.ReadOnly']).permissions, [
    {
      resource: 'graph',
      value: 'Mail.Read',
      id: '810c84a8-4a9e-49e6-bf7d-12d183f40d01',
      displayName: 'Read mail in all mailboxes',
    },
  ])
})

t.test('Mail.Drafts says that it grants more than drafts', async (t) => {
  t.match(notesOf('aurinko', 'Mail.Drafts'), /no permission for drafts alone/)
})
