import t from 'tap'
import { consentsOf } from '../../src/broker/consents.ts'
import type { Observation } from '../../src/domain/tenant.ts'
import { applicationRecord, seen, snapshotOf, tenantRecord } from './records.ts'

const tenant = tenantRecord('contoso', ['mail'])
const at = '2026-11-20T12:00:00.000Z'

function consent(permissions: readonly string[], ...seenOfIt: readonly Partial<Observation>[]) {
  const application = applicationRecord('mail', permissions)
  const observations = seenOfIt.map((one) => seen(tenant, application, one))
  const snapshot = snapshotOf({ tenants: [tenant], applications: [application], observations })
  const [only] = consentsOf(snapshot, tenant)
  return [only?.status, only?.missing, only?.lastFailure?.code]
}

const both = ['Mail.Read', 'Mail.Send']

t.test('Nothing is known of consent before a token was seen', async (t) => {
  t.strictSame(consent(both), ['unknown', both, undefined])
  const failure = { code: 'entra_unavailable', at }
  t.strictSame(consent(both, { failure }), ['unknown', both, 'entra_unavailable'])
})

t.test('Roles that could not be read say nothing about consent', async (t) => {
  t.strictSame(consent(both, { observedAt: at }), ['unknown', both, undefined])
})

t.test('Consent is granted once tokens carry all that is declared', async (t) => {
  t.strictSame(consent(both, { roles: both }), ['granted', [], undefined])
  t.strictSame(consent(['Mail.Read'], { roles: ['Mail.ReadWrite'] }), ['granted', [], undefined])
})

t.test('Consent is incomplete where tokens carry a part, missing where they carry nothing', async (t) => {
  t.strictSame(consent(both, { roles: ['Mail.Read'] }), ['incomplete', ['Mail.Send'], undefined])
  t.strictSame(consent(both, { roles: [] }), ['missing', both, undefined])
})

t.test(
  'Consent is missing where the directory does not know the application, whatever was seen',
  async (t) => {
    const failure = { code: 'application_not_in_directory', at }
    t.strictSame(consent(both, { failure }), ['missing', both, failure.code])
    t.strictSame(consent(both, { roles: both, failure }), ['missing', [], failure.code])
  },
)

t.test('Any other failure takes nothing back of what was seen', async (t) => {
  const failure = { code: 'credential_rejected', at }
  t.strictSame(consent(both, { roles: both, failure }), ['granted', [], failure.code])
})

t.test('Each resource is seen for itself, and all of them count', async (t) => {
  const permissions = ['Mail.Read', 'outlook:IMAP.AccessAsApp']
  const imap = { resource: 'outlook', roles: ['IMAP.AccessAsApp'] } as const
  t.strictSame(consent(permissions, { roles: ['Mail.Read'] }, imap), ['granted', [], undefined])
  t.strictSame(consent(permissions, imap), ['incomplete', ['Mail.Read'], undefined])
  const crossed = { resource: 'outlook', roles: ['Mail.Read'] } as const
  t.strictSame(consent(['Mail.Read'], crossed), ['unknown', ['Mail.Read'], undefined])
})

t.test('Each application of the tenant is told, in its order, but for those that are gone', async (t) => {
  const snapshot = snapshotOf({ applications: [applicationRecord('a'), applicationRecord('b')] })
  const several = tenantRecord('fabrikam', ['b', 'gone', 'a'])
  t.strictSame(
    consentsOf(snapshot, several).map(({ application }) => application.id),
    ['b', 'a'],
  )
})
