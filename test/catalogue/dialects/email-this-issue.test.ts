import t from 'tap'
import { expectTable, notesOf } from './expect-table.ts'

t.test('Fetching and sending bring the general permission with them', async (t) => {
  expectTable(t, 'email-this-issue', [
    ['general', 'User.Read.All'],
    ['fetch', 'Mail.ReadWrite', 'User.Read.All'],
    ['send', 'Mail.Send', 'User.Read.All'],
  ])
  t.match(notesOf('email-this-issue', 'send'), /send brings User\.Read\.All of general with it/)
})

t.test('Fetching tells that changing sent and received mail will need more', async (t) => {
  t.match(notesOf('email-this-issue', 'fetch'), /2026-12-31.*Mail-Advanced\.ReadWrite\.All/)
})
