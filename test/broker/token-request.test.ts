import t from 'tap'
import { readWanted } from '../../src/broker/token-request.ts'
import { must } from './fixture.ts'

function wanted(...scopes: readonly string[]) {
  return readWanted({ tenant: 'contoso', scopes, dialect: 'aurinko' })
}

t.test('Scopes of a platform are read as the permissions that they stand for', async (t) => {
  const { resource, permissions } = must(wanted('Mail.ReadOnly Calendar.Read', 'openid'))
  t.equal(resource, 'graph')
  t.strictSame(
    permissions.map(({ value }) => value),
    ['Calendars.Read', 'Mail.Read'],
  )
})

t.test('A wish for another resource than Graph names it', async (t) => {
  t.match(wanted('outlook:IMAP.AccessAsApp'), { value: { resource: 'outlook' } })
})

t.test('One scope that nobody knows refuses the whole wish, and suggests', async (t) => {
  t.match(wanted('Mail.Read', 'Mail.Raed'), {
    failure: { code: 'unknown_scope', unmapped: [{ scope: 'Mail.Raed', suggestions: ['Mail.Read'] }] },
  })
})

t.test('A wish for nothing, or for two resources at once, is refused', async (t) => {
  t.match(wanted(), { failure: { code: 'no_permission_requested' } })
  t.match(wanted('https://graph.microsoft.com/.default'), { failure: { code: 'no_permission_requested' } })
  t.match(wanted('outlook:IMAP.AccessAsApp', 'Mail.Read'), {
    failure: { code: 'mixed_resources', resources: ['graph', 'outlook'] },
  })
})
