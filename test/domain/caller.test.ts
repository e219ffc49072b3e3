import t from 'tap'
import { type Caller, entitlement, type Grant, hasUsableKey, selects } from '../../src/domain/caller.ts'
import type { Tenant } from '../../src/domain/tenant.ts'

const at = '2026-11-20T12:00:00.000Z'

const tenant: Tenant = {
  uid: 'uid',
  id: 'contoso',
  directoryId: 'directory',
  cloud: 'global',
  labels: { region: 'eu', plan: 'gold' },
  applications: [],
  roleCheck: 'strict',
  enabled: true,
  epoch: 1,
  revision: 1,
  createdAt: at,
  updatedAt: at,
}

function callerWith(changed: Partial<Caller>): Caller {
  return {
    uid: 'uid',
    id: 'orders',
    role: 'caller',
    enabled: true,
    grants: [],
    keys: [],
    revision: 1,
    createdAt: at,
    updatedAt: at,
    ...changed,
  }
}

function grant(value: string, changed: Partial<Grant> = {}): Grant {
  return {
    tenants: { kind: 'all' },
    permissions: [{ resource: 'graph', value }],
    excess: 'refuse',
    ...changed,
  }
}

t.test('A grant selects all tenants, named ones, or those that have all its labels', async (t) => {
  t.ok(selects({ kind: 'all' }, tenant))
  t.ok(selects({ kind: 'ids', ids: ['fabrikam', 'contoso'] }, tenant))
  t.notOk(selects({ kind: 'ids', ids: ['fabrikam'] }, tenant))
  t.notOk(selects({ kind: 'ids', ids: ['directory'] }, tenant))
  t.ok(selects({ kind: 'labels', labels: { region: 'eu' } }, tenant))
  t.ok(selects({ kind: 'labels', labels: { region: 'eu', plan: 'gold' } }, tenant))
  t.notOk(selects({ kind: 'labels', labels: { region: 'eu', plan: 'silver' } }, tenant))
  t.notOk(selects({ kind: 'labels', labels: { country: 'at' } }, tenant))
})

t.test('No labels at all select no tenant: an empty condition is a mistake, never everything', async (t) => {
  t.notOk(selects({ kind: 'labels', labels: {} }, tenant))
})

t.test('A caller may have what the grants that select the tenant name, all together', async (t) => {
  const elsewhere = grant('Mail.Send', { tenants: { kind: 'ids', ids: ['fabrikam'] } })
  const grants = [grant('Mail.Read'), grant('Calendars.Read'), elsewhere]
  const entitled = entitlement(callerWith({ grants }), tenant)
  t.strictSame(entitled, { permissions: new Set(['Mail.Read', 'Calendars.Read']), excess: 'refuse' })
})

t.test('Without a grant that selects the tenant there is no entitlement', async (t) => {
  const elsewhere = grant('Mail.Read', { tenants: { kind: 'ids', ids: ['fabrikam'] }, excess: 'allow' })
  t.equal(entitlement(callerWith({ grants: [] }), tenant), undefined)
  t.equal(entitlement(callerWith({ grants: [elsewhere] }), tenant), undefined)
})

t.test('Excess is allowed only by a grant that selects the tenant', async (t) => {
  const elsewhere = grant('Mail.Read', { tenants: { kind: 'ids', ids: ['fabrikam'] }, excess: 'allow' })
  const here = grant('Mail.Read', { excess: 'allow' })
  t.equal(entitlement(callerWith({ grants: [grant('Mail.Read'), elsewhere] }), tenant)?.excess, 'refuse')
  t.equal(entitlement(callerWith({ grants: [grant('Mail.Read'), here] }), tenant)?.excess, 'allow')
})

t.test('A caller can sign in with a key that is not over, and only while enabled', async (t) => {
  const key = { id: 'key', sha256: '', createdAt: at }
  const later = '2026-11-20T12:00:00.001Z'
  t.notOk(hasUsableKey(callerWith({ keys: [] }), at))
  t.ok(hasUsableKey(callerWith({ keys: [key] }), at))
  t.notOk(hasUsableKey(callerWith({ keys: [key], enabled: false }), at))
  t.notOk(hasUsableKey(callerWith({ keys: [{ ...key, expiresAt: at }] }), at))
  t.ok(hasUsableKey(callerWith({ keys: [{ ...key, expiresAt: later }] }), at))
  t.ok(hasUsableKey(callerWith({ keys: [{ ...key, expiresAt: at }, key] }), at))
})
