import t from 'tap'
import {
  type Caller,
  canSignIn,
  entitlement,
  type Grant,
  identityKey,
  selects,
  sortIdentities,
} from '../../src/domain/caller.ts'
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
    identities: [],
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

const issuer = 'https://issuer.example'

t.test('A caller can sign in with a key that is not over, and only while enabled', async (t) => {
  const key = { id: 'key', sha256: '', createdAt: at }
  const later = '2026-11-20T12:00:00.001Z'
  const can = (changed: Partial<Caller>) => canSignIn(callerWith(changed), at, new Set())
  t.notOk(can({ keys: [] }))
  t.ok(can({ keys: [key] }))
  t.notOk(can({ keys: [key], enabled: false }))
  t.notOk(can({ keys: [{ ...key, expiresAt: at }] }))
  t.ok(can({ keys: [{ ...key, expiresAt: later }] }))
  t.ok(can({ keys: [{ ...key, expiresAt: at }, key] }))
})

t.test('A caller can sign in with an identity of an issuer that the broker trusts', async (t) => {
  const identities = [{ issuer, subject: 'olga' }]
  t.ok(canSignIn(callerWith({ identities }), at, new Set([issuer])))
  t.notOk(canSignIn(callerWith({ identities }), at, new Set([`${issuer}/`])))
  t.notOk(canSignIn(callerWith({ identities }), at, new Set()))
  t.notOk(canSignIn(callerWith({ identities, enabled: false }), at, new Set([issuer])))
})

t.test('No two identities are taken for one another', async (t) => {
  const key = identityKey({ issuer, subject: 'a b' })
  for (const other of [
    { issuer: `${issuer} a`, subject: 'b' },
    { issuer, subject: 'a  b' },
    { issuer, subject: 'A b' },
    { issuer: '', subject: `${issuer} a b` },
  ]) {
    t.not(identityKey(other), key)
  }
})

t.test('Identities are kept once each and in one order', async (t) => {
  const [a, b, c] = ['a', 'b', 'B'].map((subject) => ({ issuer, subject }))
  if (a === undefined || b === undefined || c === undefined) return
  t.strictSame(sortIdentities([b, a, c, { ...a }]), sortIdentities([c, a, b]))
  t.equal(sortIdentities([a, { ...a }]).length, 1)
})
