import fc from 'fast-check'
import t from 'tap'
import { authorise } from '../../src/broker/authorise.ts'
import { createWholeGrantRequest } from '../../src/broker/token-request.ts'
import { wholeGrant } from '../../src/broker/whole-grant.ts'
import type { CloudName } from '../../src/domain/cloud.ts'
import { formatPermission } from '../../src/domain/permission.ts'
import { tokenOf } from './fixture.ts'
import { openIssuing, told } from './issuing.ts'
import { applicationRecord, callerRecord, grantOf, snapshotOf, tenantRecord } from './records.ts'
import { addApplication, addCaller, addTenant, alter, removeGrants } from './world.ts'

const graph = 'https://graph.microsoft.com'
const outlook = 'https://outlook.office365.com'
const wholeGrantRequest = createWholeGrantRequest(100)

/** What `{uri}/.default` stands for, where the applications declare and the grants name these. */
function ask(
  declared: Readonly<Record<string, readonly string[]>>,
  granted: readonly string[],
  {
    uri = graph,
    cloud = 'global',
    tenant = 'contoso',
  }: { uri?: string; cloud?: CloudName; tenant?: string } = {},
) {
  const applications = Object.entries(declared).map(([id, permissions]) =>
    applicationRecord(id, permissions, { cloud }),
  )
  const snapshot = snapshotOf({
    applications,
    tenants: [
      tenantRecord('contoso', Object.keys(declared), { cloud }),
      tenantRecord('other', [], { cloud }),
    ],
    callers: [
      callerRecord('orders', { grants: [grantOf(granted, { tenants: { kind: 'ids', ids: ['contoso'] } })] }),
    ],
  })
  const wanted = wholeGrant(snapshot, 'orders', tenant, uri)
  if (wanted.ok) return wanted.value.permissions.map(formatPermission)
  return wanted.failure.code
}

t.test('the whole grant is what it names and an application declares', async (t) => {
  t.strictSame(ask({ mail: ['Mail.Read', 'Mail.Send'] }, ['Mail.Send', 'Mail.Read']), [
    'Mail.Read',
    'Mail.Send',
  ])
  t.strictSame(
    ask({ mail: ['Mail.Read'] }, ['Mail.Read', 'Calendars.Read']),
    ['Mail.Read'],
    'no more than declared',
  )
  t.strictSame(
    ask({ mail: ['Mail.Read', 'User.Read.All'] }, ['Mail.Read']),
    ['Mail.Read'],
    'no more than granted',
  )
  t.strictSame(
    ask({ mail: ['Mail.Read'] }, ['Mail.ReadWrite']),
    ['Mail.Read'],
    'what the grant allows besides',
  )
  t.strictSame(ask({ mail: ['Mail.ReadWrite'] }, ['Mail.Read']), ['Mail.Read'], 'what a declared one covers')
  t.equal(ask({ mail: ['Mail.Read'] }, ['Calendars.Read']), 'permission_not_declared')
})

t.test('a token is of one application: the one that declares most of the grant', async (t) => {
  const all = ['Calendars.Read', 'Mail.Read', 'Mail.Send']
  t.strictSame(ask({ a: ['Mail.Send'], b: ['Calendars.Read', 'Mail.Read'] }, all), [
    'Calendars.Read',
    'Mail.Read',
  ])
  t.strictSame(
    ask({ a: ['Mail.Read', 'User.Read.All'], b: ['Mail.Send'] }, all),
    ['Mail.Send'],
    'then the narrower',
  )
  t.strictSame(
    ask({ b: ['Mail.Send'], a: ['Calls.Initiate.All'] }, [...all, 'Calls.Initiate.All']),
    ['Calls.Initiate.All'],
    'then by id',
  )
})

t.test('a resource is asked for by the name that it has in the cloud of the tenant', async (t) => {
  const mail = { mail: ['Mail.Read', 'outlook:IMAP.AccessAsApp'] }
  const granted = ['Mail.Read', 'outlook:IMAP.AccessAsApp']
  const of = (uri: string, cloud: CloudName) => ask(mail, granted, { uri, cloud })
  t.strictSame(of(outlook, 'global'), ['outlook:IMAP.AccessAsApp'])
  t.strictSame(of('https://outlook.office.com', 'global'), ['outlook:IMAP.AccessAsApp'], 'its older name')
  t.strictSame(of('HTTPS://Graph.Microsoft.com', 'global'), ['Mail.Read'])
  t.strictSame(of('https://graph.microsoft.us', 'usgov'), ['Mail.Read'])
  t.strictSame(of('https://dod-graph.microsoft.us', 'dod'), ['Mail.Read'])
  t.strictSame(of('https://microsoftgraph.chinacloudapi.cn', 'china'), ['Mail.Read'])
  for (const cloud of ['global', 'usgov', 'dod', 'china'] as const)
    t.strictSame(
      of('00000003-0000-0000-c000-000000000000', cloud),
      ['Mail.Read'],
      'its id is the same everywhere',
    )
  for (const [uri, cloud] of [
    [graph, 'usgov'],
    ['https://graph.microsoft.us', 'global'],
    ['https://graph.microsoft.us', 'dod'],
    ['https://outlook.office.com', 'china'],
    ['https://graph.windows.net', 'global'],
    ['https://vault.azure.net', 'global'],
    ['__proto__', 'global'],
    ['', 'global'],
  ] as const)
    t.equal(of(uri, cloud), 'unknown_resource', `${uri} in ${cloud}`)
  t.equal(ask(mail, ['Mail.Read'], { uri: outlook }), 'permission_not_granted')
})

t.test('of a tenant without a grant nothing is said, not even its cloud', async (t) => {
  const asked = { uri: 'https://graph.microsoft.us', cloud: 'usgov' } as const
  for (const tenant of ['other', 'nobody']) {
    t.equal(ask({ mail: ['Mail.Read'] }, ['Mail.Read'], { ...asked, tenant }), 'tenant_not_granted')
    t.equal(
      ask({ mail: ['Mail.Read'] }, ['Mail.Read'], { uri: graph, cloud: 'usgov', tenant }),
      'tenant_not_granted',
    )
  }
})

const names = [
  'Mail.Read',
  'Mail.ReadWrite',
  'Mail.Send',
  'Calendars.Read',
  'outlook:IMAP.AccessAsApp',
] as const
const some = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 })

t.test(
  'whatever is declared and granted, the whole grant is granted, and one application has it',
  async (t) => {
    let found = 0
    fc.assert(
      fc.property(some, some, some, some, fc.constantFrom(graph, outlook), (a, b, first, second, uri) => {
        const snapshot = snapshotOf({
          applications: [applicationRecord('a', a), applicationRecord('b', b)],
          tenants: [tenantRecord('contoso', ['a', 'b'])],
          callers: [callerRecord('orders', { grants: [grantOf(first), grantOf(second)] })],
        })
        const wanted = wholeGrant(snapshot, 'orders', 'contoso', uri)
        if (!wanted.ok)
          return ['permission_not_granted', 'permission_not_declared'].includes(wanted.failure.code)
        found += 1
        return authorise(snapshot, 'orders', 'contoso', wanted.value).ok
      }),
      { numRuns: 500 },
    )
    t.ok(found > 100, 'and often there is one')
  },
)

const whole = { tenant: 'contoso', uri: graph, scope: `${graph}/.default` }
const known = () => true

t.test('a grant that is narrowed while a token is waited for is looked at again', async (t) => {
  const issuing = await openIssuing(t)
  await addApplication(issuing, 'mail', ['Mail.Read', 'Mail.Send'])
  await addTenant(issuing, 'contoso', ['mail'])
  const permissions = ['Mail.Read', 'Mail.Send']
  const caller = await addCaller(issuing, 'orders', [{ permissions, excess: 'allow' }])
  const waiting = issuing.ask(wholeGrantRequest(whole, known))
  const pending = await issuing.entra.next()
  await issuing.db.deleteFrom('grant_permission').where('value', '=', 'Mail.Send').execute()
  await alter(issuing, 'caller', caller.id, 'enabled', 1)
  pending.succeed(tokenOf(issuing.clock, { roles: permissions }))
  t.match(await waiting, { ok: true, value: { roles: { scope: ['Mail.Read'], excess: ['Mail.Send'] } } })

  const again = issuing.ask(wholeGrantRequest(whole, known))
  await removeGrants(issuing, caller)
  t.match(await again, { ok: true }, 'what was answered at once was answered before')
  const refused = await issuing.ask(wholeGrantRequest(whole, known))
  t.equal(told(refused), 'tenant_not_granted')
})
