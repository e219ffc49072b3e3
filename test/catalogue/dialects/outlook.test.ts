import t from 'tap'
import { translate } from '../../../src/catalogue/translate.ts'
import { formatPermission } from '../../../src/domain/permission.ts'
import { expectTable, notesOf } from './expect-table.ts'

t.test("Each of Exchange Online's scopes stands for its app-only permission", async (t) => {
  expectTable(t, 'outlook', [
    ['full_access_as_app', 'outlook:full_access_as_app'],
    ['IMAP.AccessAsApp', 'outlook:IMAP.AccessAsApp'],
    ['POP.AccessAsApp', 'outlook:POP.AccessAsApp'],
    ['SMTP.SendAsApp', 'outlook:SMTP.SendAsApp'],
    ['Exchange.ManageAsApp', 'outlook:Exchange.ManageAsApp'],
    ['EWS.AccessAsUser.All', 'outlook:full_access_as_app'],
    ['IMAP.AccessAsUser.All', 'outlook:IMAP.AccessAsApp'],
    ['POP.AccessAsUser.All', 'outlook:POP.AccessAsApp'],
    ['SMTP.Send', 'outlook:SMTP.SendAsApp'],
  ])
})

t.test('What mail programs ask for becomes one app-only permission, and sign-in is ignored', async (t) => {
  const { permissions, ignored, unmapped } = translate('outlook', [
    'https://outlook.office.com/IMAP.AccessAsUser.All offline_access openid',
  ])
  t.same(permissions.map(formatPermission), ['outlook:IMAP.AccessAsApp'])
  t.same(ignored, ['offline_access', 'openid'])
  t.same(unmapped, [])
})

t.test('A scope for users says that it allows more, and what Exchange Online wants besides', async (t) => {
  t.match(notesOf('outlook', 'EWS.AccessAsUser.All'), /allows more.*\n.*every mailbox/)
  t.match(notesOf('outlook', 'IMAP.AccessAsUser.All'), /New-ServicePrincipal and Add-MailboxPermission/)
  t.match(notesOf('outlook', 'SMTP.Send'), /Add-RecipientPermission/)
})

t.test('A bare name or role id is of Exchange Online; one of Graph says so', async (t) => {
  t.match(translate('outlook', ['Mail.Read']), {
    permissions: [],
    unmapped: [{ scope: 'Mail.Read', reason: 'unknown', suggestions: ['graph:Mail.Read'] }],
  })
  const mailRead = '810c84a8-4a9e-49e6-bf7d-12d183f40d01'
  t.same(translate('outlook', [mailRead]).permissions, [], 'the id of Mail.Read in Graph')
  for (const scope of ['graph:Mail.Read', 'https://graph.microsoft.com/Mail.Read', `graph:${mailRead}`])
    t.same(translate('outlook', [scope]).permissions.map(formatPermission), ['Mail.Read'], scope)
  t.match(translate('outlook', ['dc890d15-9560-4a4c-9b7f-a736ec74ec40']).permissions, [
    { value: 'full_access_as_app' },
  ])
})
