import fc from 'fast-check'
import t from 'tap'
import { authorise, targetOf } from '../../src/broker/authorise.ts'
import { formatPermission } from '../../src/domain/permission.ts'
import { guid } from './fixture.ts'
import {
  applicationRecord,
  callerRecord,
  grantOf,
  permissionsNamed,
  snapshotOf,
  tenantRecord,
} from './records.ts'

const names = ['Mail.Read', 'Mail.ReadWrite', 'Mail.Send', 'Calendars.Read'] as const
const regions = ['eu', 'us'] as const
const tenantIds = ['contoso', 'fabrikam', 'northwind'] as const

const someNames = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
const selector = fc.oneof(
  fc.constant({ kind: 'all' } as const),
  fc.uniqueArray(fc.constantFrom(...tenantIds)).map((ids) => ({ kind: 'ids', ids }) as const),
  fc.constantFrom(...regions).map((region) => ({ kind: 'labels', labels: { region } }) as const),
  fc.constant({ kind: 'labels', labels: {} } as const),
)
const grant = fc.record({
  tenants: selector,
  permissions: someNames,
  excess: fc.constantFrom('refuse', 'allow'),
})
const tenant = fc.record({ region: fc.constantFrom(...regions), enabled: fc.boolean(), declared: someNames })
const world = fc.record({
  callerEnabled: fc.boolean(),
  grants: fc.array(grant, { maxLength: 3 }),
  contoso: tenant,
  fabrikam: tenant,
})
const request = fc.record({
  caller: fc.constantFrom('orders', 'nobody'),
  tenant: fc.constantFrom(...tenantIds),
  byGuid: fc.boolean(),
  wanted: someNames,
})

type World = typeof world extends fc.Arbitrary<infer W> ? W : never
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never

/** Decides again in the plainest words, knowing one implication: writing mail covers reading it. */
function model(
  { callerEnabled, grants, ...tenants }: World,
  { caller, tenant: id, wanted }: Request,
): string {
  if (caller === 'nobody' || !callerEnabled) return 'unauthenticated'
  if (id === 'northwind') return 'tenant_not_granted'
  const { region, enabled, declared } = tenants[id]
  const mine = grants.filter(({ tenants: selected }) => {
    if (selected.kind === 'all') return true
    if (selected.kind === 'ids') return selected.ids.includes(id)
    return 'region' in selected.labels && selected.labels.region === region
  })
  if (mine.length === 0) return 'tenant_not_granted'
  const has = (held: readonly string[], name: string) =>
    held.includes(name) || (name === 'Mail.Read' && held.includes('Mail.ReadWrite'))
  const granted = mine.flatMap(({ permissions }) => permissions)
  const denied = wanted.filter((name) => !has(granted, name))
  if (denied.length > 0) return `permission_not_granted ${denied.sort()}`
  if (!enabled) return `tenant_disabled ${id}`
  if (!wanted.every((name) => has(declared, name))) return `permission_not_declared ${[...wanted].sort()}`
  return `${id} ${mine.some(({ excess }) => excess === 'allow') ? 'allow' : 'refuse'} app-${id}`
}

function decided(given: World, { caller, tenant: id, byGuid, wanted }: Request): string {
  const snapshot = snapshotOf({
    callers: [
      callerRecord('orders', {
        enabled: given.callerEnabled,
        grants: given.grants.map(({ permissions, ...rest }) => grantOf(permissions, rest)),
      }),
    ],
    applications: [
      applicationRecord('app-contoso', given.contoso.declared),
      applicationRecord('app-fabrikam', given.fabrikam.declared),
    ],
    tenants: (['contoso', 'fabrikam'] as const).map((name) => {
      const { region, enabled } = given[name]
      return tenantRecord(name, [`app-${name}`], { labels: { region }, enabled })
    }),
  })
  const reference = byGuid ? guid(`directory ${id}`) : id
  const result = authorise(snapshot, caller, reference, {
    resource: 'graph',
    permissions: permissionsNamed(wanted),
  })
  if (result.ok) {
    const { tenant: found, entitlement, applications } = result.value
    return `${found.id} ${entitlement.excess} ${applications.map((application) => application.id)}`
  }
  const { failure } = result
  if (failure.code === 'tenant_disabled') return `${failure.code} ${failure.tenant}`
  if ('permissions' in failure) return `${failure.code} ${[...failure.permissions].sort()}`
  return failure.code
}

t.test('Every decision is the one that the plainest reading of the rules gives', async (t) => {
  const outcomes = new Set<string>()
  const same = fc.property(world, request, (given, asked) => {
    const decision = decided(given, asked)
    outcomes.add(decision.split(' ')[0] ?? '')
    return decision === model(given, asked)
  })
  const { failed, counterexample } = fc.check(same, { numRuns: 5_000 })
  t.notOk(failed, JSON.stringify(counterexample))
  t.ok(outcomes.size >= 7, 'every outcome was met')
})

t.test('A token target names everything that tells one token from another', async (t) => {
  const [contoso, mail] = [tenantRecord('contoso'), applicationRecord('mail')]
  t.strictSame(targetOf(contoso, mail, 'outlook'), {
    cloud: 'global',
    directoryId: contoso.directoryId,
    clientId: mail.clientId,
    resource: 'outlook',
    applicationEpoch: 1,
    tenantEpoch: 2,
  })
})

t.test('Grants are compared within one resource', async (t) => {
  const snapshot = snapshotOf({
    callers: [callerRecord('orders', { grants: [grantOf(['Mail.Read'])] })],
    tenants: [tenantRecord('contoso', ['mail'])],
    applications: [applicationRecord('mail', ['outlook:Mail.Read'])],
  })
  const [permission] = permissionsNamed(['outlook:Mail.Read'])
  const wanted = { resource: 'outlook', permissions: permission === undefined ? [] : [permission] } as const
  t.strictSame(authorise(snapshot, 'orders', 'contoso', wanted), {
    ok: false,
    failure: { code: 'permission_not_granted', permissions: wanted.permissions.map(formatPermission) },
  })
})
