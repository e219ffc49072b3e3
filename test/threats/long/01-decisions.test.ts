import fc from 'fast-check'
import t from 'tap'
import { authorise } from '../../../src/broker/authorise.ts'
import {
  applicationRecord,
  callerRecord,
  grantOf,
  permissionsNamed,
  seen,
  snapshotOf,
  tenantRecord,
} from '../../broker/records.ts'
import { candidates, refusal, type World } from '../authorisation-model.ts'

const numRuns = 25_000

t.setTimeout(300_000)

const somePermissions = fc.uniqueArray(
  fc.constantFrom(
    'Mail.Read',
    'Mail.ReadWrite',
    'Mail.ReadBasic.All',
    'Calendars.Read',
    'MailTips.ReadBasic.All',
  ),
  { minLength: 1, maxLength: 3 },
)
const someLabels = fc.dictionary(fc.constantFrom('region', 'plan', '__proto__'), fc.constantFrom('eu', 'us'))
const [tenantIds, applicationIds] = [
  ['contoso', 'fabrikam'],
  ['one', 'three', 'two'],
]
const worlds: fc.Arbitrary<World> = fc.record({
  callers: fc.tuple(
    fc.record({
      id: fc.constant('orders'),
      enabled: fc.boolean(),
      grants: fc.array(
        fc.record({
          tenants: fc.oneof(
            fc.constant('*' as const),
            fc.subarray([...tenantIds, 'northwind']).map((ids) => ({ ids })),
            someLabels.map((labels) => ({ labels })),
          ),
          permissions: somePermissions,
          excess: fc.constantFrom('refuse', 'allow'),
        }),
        { maxLength: 3 },
      ),
    }),
  ),
  applications: fc.tuple(
    ...applicationIds.map((id) => fc.record({ id: fc.constant(id), permissions: somePermissions })),
  ),
  tenants: fc.tuple(
    ...tenantIds.map((id) =>
      fc.record({
        id: fc.constant(id),
        labels: someLabels,
        enabled: fc.boolean(),
        applications: fc.subarray(applicationIds),
        consents: fc.dictionary(fc.constantFrom(...applicationIds), somePermissions),
      }),
    ),
  ),
})
const request = fc.record({
  caller: fc.constantFrom('orders', 'orders', 'orders', 'nobody', '__proto__'),
  tenant: fc.constantFrom(...tenantIds, 'northwind'),
  permissions: somePermissions,
})

function snapshotIn({ callers, applications, tenants }: World) {
  const records = applications.map(({ id, permissions }) => applicationRecord(id, permissions))
  const rows = tenants.map(({ id, applications: ids, labels = {}, enabled = true }) =>
    tenantRecord(id, ids, { labels, enabled }),
  )
  return snapshotOf({
    applications: records,
    tenants: rows,
    callers: callers.map(({ id, enabled = true, grants }) =>
      callerRecord(id, {
        enabled,
        grants: grants.map(({ tenants: selected, permissions, excess = 'refuse' }) => {
          if (selected === '*') return grantOf(permissions, { excess })
          if ('ids' in selected)
            return grantOf(permissions, { excess, tenants: { kind: 'ids', ids: selected.ids } })
          return grantOf(permissions, { excess, tenants: { kind: 'labels', labels: selected.labels } })
        }),
      }),
    ),
    observations: tenants.flatMap(({ consents }, index) =>
      records.flatMap((application) => {
        const [tenant, roles] = [rows[index], consents[application.id]]
        return tenant === undefined || roles === undefined ? [] : [seen(tenant, application, { roles })]
      }),
    ),
  })
}

const outcomes = new Set<string>()
const isSame = fc.property(fc.tuple(worlds, request), ([world, { caller, tenant, permissions }]) => {
  const wanted = { resource: 'graph', permissions: permissionsNamed(permissions) } as const
  const decided = authorise(snapshotIn(world), caller, tenant, wanted)
  outcomes.add(decided.ok ? 'granted' : decided.failure.code)
  const refused = refusal(world, caller, tenant, { permissions })
  if (refused !== undefined || !decided.ok) {
    if (decided.ok || decided.failure.code !== refused?.code) return false
    return (
      !('permissions' in decided.failure) ||
      refused.permissions?.join() === decided.failure.permissions.join()
    )
  }
  const found = world.tenants.find(({ id }) => id === tenant)
  const chosen = decided.value.applications.map(({ id }) => id)
  return found !== undefined && candidates(world, found, permissions).join() === chosen.join()
})

t.test('01 every decision is that of the rules, in any world', async (t) => {
  const { failed, counterexample, numRuns: runs } = fc.check(isSame, { numRuns })
  t.notOk(failed, JSON.stringify(counterexample))
  t.equal(runs, numRuns)
  t.ok(outcomes.size >= 6, [...outcomes].join(' '))
})
