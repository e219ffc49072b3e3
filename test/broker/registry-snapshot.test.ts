import t from 'tap'
import { applicationRecord, callerRecord, changesOf, seen, snapshotOf, tenantRecord } from './records.ts'

const at = '2026-11-20T12:00:00.000Z'
const mail = applicationRecord('mail')
const contoso = tenantRecord('contoso', ['mail'])
const key = { id: 'key-1', sha256: 'aa', createdAt: at }
const orders = callerRecord('orders', { keys: [key] })

function filled() {
  const observations = [seen(contoso, mail, { roles: ['Mail.Read'] })]
  return snapshotOf({ applications: [mail], tenants: [contoso], callers: [orders], observations })
}

t.test('Records are found by everything that names them', async (t) => {
  const snapshot = filled()
  t.equal(snapshot.revision, 1)
  t.equal(snapshot.application('mail'), mail)
  t.equal(snapshot.applicationByUid(mail.uid), mail)
  t.equal(snapshot.applicationByClientId('global', mail.clientId), mail)
  t.equal(snapshot.tenant('contoso'), contoso)
  t.equal(snapshot.tenant(contoso.directoryId), contoso)
  t.equal(snapshot.tenant(contoso.directoryId.toUpperCase()), contoso)
  t.equal(snapshot.tenantByUid(contoso.uid), contoso)
  t.equal(snapshot.caller('orders'), orders)
  t.strictSame(snapshot.callerByKey('key-1'), { caller: orders, key })
  t.strictSame(snapshot.observation(contoso, mail, 'graph')?.roles, ['Mail.Read'])
})

t.test('What is not there is not found', async (t) => {
  const snapshot = filled()
  t.equal(snapshot.application('nothing'), undefined)
  t.equal(snapshot.application('__proto__'), undefined)
  t.equal(snapshot.applicationByClientId('usgov', mail.clientId), undefined)
  t.equal(snapshot.tenant('mail'), undefined)
  t.equal(snapshot.callerByKey('key-2'), undefined)
  t.equal(snapshot.observation(contoso, mail, 'outlook'), undefined)
})

t.test('A new version of a record takes the place of the one before, under every name', async (t) => {
  const snapshot = filled()
  const renewed = { ...key, id: 'key-2' }
  const application = { ...mail, epoch: 9 }
  const tenant = { ...contoso, enabled: false }
  const caller = { ...orders, keys: [renewed] }
  const observations = [seen(contoso, mail, { roles: [] })]
  const changes = { applications: [application], tenants: [tenant], callers: [caller], observations }
  snapshot.apply(changesOf(2, changes))
  t.equal(snapshot.revision, 2)
  t.equal(snapshot.application('mail'), application)
  t.equal(snapshot.applicationByUid(mail.uid), application)
  t.equal(snapshot.applicationByClientId('global', mail.clientId), application)
  t.equal(snapshot.tenant(contoso.directoryId), tenant)
  t.equal(snapshot.tenantByUid(contoso.uid), tenant)
  t.equal(snapshot.callerByKey('key-1'), undefined, 'a key that was taken away opens nothing')
  t.equal(snapshot.callerByKey('key-2')?.caller, caller)
  t.strictSame(snapshot.observation(contoso, mail, 'graph')?.roles, [])
  t.equal(snapshot.tenants().length, 1)
})

t.test('A tombstone takes a record away under every name', async (t) => {
  const snapshot = filled()
  const tombstones = [
    { kind: 'application', uid: mail.uid },
    { kind: 'tenant', uid: contoso.uid },
    { kind: 'caller', uid: orders.uid },
    { kind: 'caller', uid: 'never seen' },
    { kind: 'tenant', uid: 'never seen' },
    { kind: 'application', uid: 'never seen' },
  ] as const
  snapshot.apply(changesOf(2, { tombstones }))
  t.equal(snapshot.application('mail'), undefined)
  t.equal(snapshot.applicationByUid(mail.uid), undefined)
  t.equal(snapshot.applicationByClientId('global', mail.clientId), undefined)
  t.equal(snapshot.tenant('contoso'), undefined)
  t.equal(snapshot.tenant(contoso.directoryId), undefined)
  t.equal(snapshot.tenantByUid(contoso.uid), undefined)
  t.equal(snapshot.caller('orders'), undefined)
  t.equal(snapshot.callerByKey('key-1'), undefined)
  t.strictSame([snapshot.applications(), snapshot.tenants(), snapshot.callers()], [[], [], []])
})

t.test('A name that a removed record had may be given to a new one in the same batch', async (t) => {
  const snapshot = filled()
  const application = { ...mail, uid: 'new application' }
  const tenant = { ...contoso, uid: 'new tenant' }
  const caller = { ...orders, uid: 'new caller' }
  snapshot.apply(
    changesOf(2, {
      applications: [application],
      tenants: [tenant],
      callers: [caller],
      tombstones: [
        { kind: 'application', uid: mail.uid },
        { kind: 'tenant', uid: contoso.uid },
        { kind: 'caller', uid: orders.uid },
      ],
    }),
  )
  t.equal(snapshot.application('mail'), application)
  t.equal(snapshot.applicationByClientId('global', mail.clientId), application)
  t.equal(snapshot.tenant('contoso'), tenant)
  t.equal(snapshot.tenant(contoso.directoryId), tenant)
  t.equal(snapshot.callerByKey('key-1')?.caller, caller)
  t.equal(snapshot.observation(tenant, application, 'graph'), undefined, 'it was seen of the one before')
})

t.test('Two records may swap their names in one batch', async (t) => {
  const fabrikam = tenantRecord('fabrikam')
  const snapshot = snapshotOf({ tenants: [contoso, fabrikam] })
  const swapped = [
    { ...contoso, id: 'fabrikam' },
    { ...fabrikam, id: 'contoso' },
  ]
  snapshot.apply(changesOf(2, { tenants: swapped }))
  t.equal(snapshot.tenant('fabrikam')?.uid, contoso.uid)
  t.equal(snapshot.tenant('contoso')?.uid, fabrikam.uid)
})

t.test('Lists are in the order of their ids', async (t) => {
  const ids = ['b', 'a-2', 'a', 'a0', '10', '9']
  const snapshot = snapshotOf({
    applications: ids.map((id) => applicationRecord(id)),
    tenants: ids.map((id) => tenantRecord(id)),
    callers: ids.map((id) => callerRecord(id)),
  })
  for (const list of [snapshot.applications(), snapshot.tenants(), snapshot.callers()]) {
    t.strictSame(
      list.map(({ id }) => id),
      ['10', '9', 'a', 'a-2', 'a0', 'b'],
    )
  }
})

t.test('An operator can sign in once one of them is enabled and has a key that is not over', async (t) => {
  const later = '2026-11-20T12:00:01.000Z'
  const operator = (changed: object) => callerRecord('olga', { role: 'operator', keys: [key], ...changed })
  const can = (caller: typeof orders) =>
    snapshotOf({ callers: [caller] }).operatorCanSignIn(at, new Set([issuer]))
  t.ok(can(operator({})))
  t.ok(can(operator({ keys: [{ ...key, expiresAt: later }] })))
  t.notOk(can(operator({ keys: [] })))
  t.notOk(can(operator({ keys: [{ ...key, expiresAt: at }] })))
  t.notOk(can(operator({ enabled: false })))
  t.notOk(can(operator({ role: 'auditor' })))
})

const issuer = 'https://issuer.example'
const identity = { issuer, subject: 'system:serviceaccount:orders:api' }

t.test('An operator with an identity of a trusted issuer can sign in too', async (t) => {
  const olga = callerRecord('olga', { role: 'operator', identities: [identity] })
  const snapshot = snapshotOf({ callers: [olga] })
  t.ok(snapshot.operatorCanSignIn(at, new Set([issuer])))
  t.notOk(snapshot.operatorCanSignIn(at, new Set(['https://other.example'])))
})

t.test('A caller is found by issuer and subject, exactly, for as long as it has them', async (t) => {
  const caller = callerRecord('orders', { identities: [identity] })
  const snapshot = snapshotOf({ callers: [caller] })
  t.equal(snapshot.callerByIdentity(identity), caller)
  t.equal(snapshot.callerByIdentity({ ...identity, issuer: `${issuer}/` }), undefined)
  t.equal(snapshot.callerByIdentity({ ...identity, subject: identity.subject.toUpperCase() }), undefined)
  snapshot.apply(changesOf(2, { callers: [{ ...caller, identities: [] }] }))
  t.equal(snapshot.callerByIdentity(identity), undefined)
  snapshot.apply(changesOf(3, { callers: [caller] }))
  snapshot.apply(changesOf(4, { tombstones: [{ kind: 'caller', uid: caller.uid }] }))
  t.equal(snapshot.callerByIdentity(identity), undefined)
})

t.test("An identity that moved is the new holder's, in whatever order a batch tells it", async (t) => {
  const before = callerRecord('before', { identities: [identity] })
  const after = callerRecord('after')
  const moved = [
    { ...before, identities: [] },
    { ...after, identities: [identity] },
  ]
  for (const callers of [moved, moved.toReversed()]) {
    const snapshot = snapshotOf({ callers: [before, after] })
    snapshot.apply(changesOf(2, { callers }))
    t.equal(snapshot.callerByIdentity(identity)?.id, 'after')
  }
})
