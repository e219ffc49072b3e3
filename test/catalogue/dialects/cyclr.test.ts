import t from 'tap'
import { translate } from '../../../src/catalogue/translate.ts'
import { formatPermission } from '../../../src/domain/permission.ts'
import { expectTable, notesOf } from './expect-table.ts'

const users = ['Directory.Read.All', 'Directory.ReadWrite.All', 'User.Read.All', 'User.ReadWrite.All']
const calendars = ['Calendars.Read', 'Calendars.ReadWrite']

t.test("Each of Cyclr's scopes and categories of methods stands for its permissions", async (t) => {
  expectTable(t, 'cyclr', [
    ['Users', ...users],
    ['User.Read.All', 'User.Read.All'],
    ['User.ReadWrite.All', 'User.ReadWrite.All'],
    ['Directory.Read.All', 'Directory.Read.All'],
    ['Directory.ReadWrite.All', 'Directory.ReadWrite.All'],
    ['Calendars/Calendar Groups/Events', ...calendars],
    ['Calendars', ...calendars],
    ['Calendar Groups', ...calendars],
    ['Events', ...calendars],
    ['Calendars.Read', 'Calendars.Read'],
    ['Calendars.Read.Shared', 'Calendars.Read'],
    ['Calendars.ReadWrite', 'Calendars.ReadWrite'],
    ['Calendars.ReadWrite.Shared', 'Calendars.ReadWrite'],
    ['Emails', 'Mail.Read', 'Mail.ReadWrite'],
    ['Mail.Read', 'Mail.Read'],
    ['Mail.Read.Shared', 'Mail.Read'],
    ['Mail.ReadWrite', 'Mail.ReadWrite'],
    ['Mail.ReadWrite.Shared', 'Mail.ReadWrite'],
    ['OneDrive', 'Files.Read.All', 'Files.ReadWrite.All'],
    ['File.Read', 'Files.Read.All'],
    ['File.Read.All', 'Files.Read.All'],
    ['File.ReadWrite', 'Files.ReadWrite.All'],
    ['File.ReadWrite.All', 'Files.ReadWrite.All'],
  ])
})

t.test('A category of several words may be parted and ordered like any scopes', async (t) => {
  for (const scopes of [
    ['calendar groups'],
    ['Groups', 'Calendar'],
    ['Calendar,Groups Calendar'],
    ['Groups/Events+Calendars/Calendar'],
  ]) {
    const { permissions, unmapped } = translate('cyclr', scopes)
    t.same(permissions.map(formatPermission), calendars, scopes.join(';'))
    t.same(unmapped, [], scopes.join(';'))
  }
  t.match(translate('cyclr', ['Groups', 'Emails']).unmapped, [{ scope: 'Groups', reason: 'unknown' }])
})

t.test('A category tells what it grants, what is enough to read, and what it lacks', async (t) => {
  t.match(notesOf('cyclr', 'Users'), /to read only, ask for Directory\.Read\.All and User\.Read\.All\./)
  t.notMatch(notesOf('cyclr', 'Users'), /allow more/)
  t.match(notesOf('cyclr', 'OneDrive'), /Files\.ReadWrite\.All, which allow more than the scopes in it/)
  t.match(notesOf('cyclr', 'Emails'), /to send, for Mail\.Send/)
})

t.test('A scope of Cyclr that means a permission of users says that it allows more', async (t) => {
  t.match(notesOf('cyclr', 'Mail.Read.Shared'), /Mail\.Read in its place allows more/)
  t.match(notesOf('cyclr', 'File.Read'), /writes File\.Read for Files\.Read, .* allows more/)
  t.equal(
    notesOf('cyclr', 'File.Read.All'),
    'Cyclr writes File.Read.All for Files.Read.All of Microsoft Graph.',
  )
})
