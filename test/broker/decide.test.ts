import fc from 'fast-check'
import t from 'tap'
import { decide } from '../../src/broker/decide.ts'
import { createWholeGrantRequest, type TokenRequest } from '../../src/broker/token-request.ts'
import { Words } from '../../src/broker/words.ts'
import type { DialectId } from '../../src/catalogue/dialects.ts'
import { must } from './fixture.ts'
import { applicationRecord, callerRecord, changesOf, grantOf, snapshotOf, tenantRecord } from './records.ts'

const graph = 'https://graph.microsoft.com'

function request(tenant: string, scopes: readonly string[], dialect: DialectId = 'graph'): TokenRequest {
  return { words: new Words(), tenant, scopes, dialect }
}

function world() {
  const mail = applicationRecord('mail', ['Mail.Read'])
  const orders = callerRecord('orders', { grants: [grantOf(['Mail.Read'])] })
  const tenants = [tenantRecord('contoso', ['mail'])]
  return { mail, orders, snapshot: snapshotOf({ callers: [orders], tenants, applications: [mail] }) }
}

t.test('the same words find the same decision while the registry changes elsewhere', async (t) => {
  const { snapshot } = world()
  const asked = request('contoso', ['Mail.Read'])
  const first = must(decide(snapshot, 'orders', asked))
  t.equal(must(decide(snapshot, 'orders', asked)), first)
  snapshot.apply(changesOf(2, { tenants: [tenantRecord('fabrikam', ['mail'])] }))
  t.equal(must(decide(snapshot, 'orders', asked)), first)
})

t.test('what they are decided by counts at once', async (t) => {
  const { snapshot, mail, orders } = world()
  const asked = request('contoso', ['Mail.Read'])
  t.match(decide(snapshot, 'orders', asked), { ok: true })
  const epoch = mail.epoch + 1
  snapshot.apply(changesOf(2, { applications: [{ ...mail, epoch }] }))
  t.match(decide(snapshot, 'orders', asked), { ok: true, value: { target: { applicationEpoch: epoch } } })
  const moved = { directoryId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' }
  snapshot.apply(changesOf(3, { tenants: [tenantRecord('contoso', ['mail'], moved)] }))
  t.match(decide(snapshot, 'orders', asked), { ok: true, value: { target: moved } })
  snapshot.apply(changesOf(4, { callers: [{ ...orders, grants: [] }] }))
  t.strictSame(decide(snapshot, 'orders', asked), { ok: false, failure: { code: 'tenant_not_granted' } })
  snapshot.apply(changesOf(5, { callers: [{ ...orders, enabled: false }] }))
  t.strictSame(decide(snapshot, 'orders', asked), { ok: false, failure: { code: 'unauthenticated' } })
})

t.test('the same words of another caller, or read in another dialect, are decided apart', async (t) => {
  const { snapshot } = world()
  const asked = request('contoso', ['Mail.ReadOnly'], 'aurinko')
  t.match(decide(snapshot, 'orders', asked), { ok: true })
  t.match(decide(snapshot, 'nobody', asked), { ok: false, failure: { code: 'unauthenticated' } })
  t.match(decide(snapshot, 'orders', { ...asked, dialect: 'graph' }), {
    ok: false,
    failure: { code: 'unknown_scope' },
  })
  t.match(decide(snapshot, 'orders', asked), { ok: true })
})

t.test('a whole grant that was asked for before is found by its words, and no other is', async (t) => {
  const { snapshot } = world()
  const wholeGrantRequest = createWholeGrantRequest(10)
  const ask = (tenant: string, uri: string, scope: string) =>
    decide(
      snapshot,
      'orders',
      wholeGrantRequest({ tenant, uri, scope }, () => true),
    )
  const first = must(ask('contoso', graph, `${graph}/.default`))
  t.match(first, { wanted: { permissions: [{ value: 'Mail.Read' }] } })
  t.equal(must(ask('contoso', graph, `${graph}/.default`)), first)
  t.not(must(ask('contoso', graph, '.default')), first)
  t.match(ask('fabrikam', graph, `${graph}/.default`), { ok: false, failure: { code: 'tenant_not_granted' } })
  const long = `${graph}/.default${' '.repeat(600)}`
  t.not(must(ask('contoso', graph, long)), must(ask('contoso', graph, long)))
})

const changes = fc.oneof(
  fc.constantFrom('orders', 'billing').chain((id) =>
    fc
      .record({ enabled: fc.boolean(), grants: fc.subarray(['Mail.Read', 'Mail.Send']) })
      .map(({ enabled, grants }) => ({
        callers: [callerRecord(id, { enabled, grants: [grantOf(grants)] })],
      })),
  ),
  fc.record({ enabled: fc.boolean(), epoch: fc.constantFrom(2, 3) }).map((changed) => ({
    tenants: [tenantRecord('contoso', ['mail'], changed)],
  })),
  fc.constantFrom(['Mail.Read'], ['Mail.Send']).map((permissions) => ({
    applications: [applicationRecord('mail', permissions)],
  })),
  fc.constantFrom('contoso', 'mail').map((id) => ({
    tombstones: [{ kind: id === 'mail' ? ('application' as const) : ('tenant' as const), uid: `uid-${id}` }],
  })),
)

t.test('whatever changes, what is remembered is what would be decided anew', async (t) => {
  const steps = fc.array(fc.tuple(changes, fc.boolean()), { maxLength: 12 })
  let granted = 0
  fc.assert(
    fc.property(steps, (steps) => {
      const { snapshot } = world()
      const requests = [['Mail.Read'], ['Mail.Send']].map((scopes) => request('contoso', scopes))
      const agrees = () =>
        ['orders', 'billing'].every((caller) =>
          requests.every((asked) => {
            const remembered = decide(snapshot, caller, asked)
            if (remembered.ok) granted += 1
            return (
              fc.stringify(remembered) ===
              fc.stringify(decide(snapshot, caller, { ...asked, words: undefined }))
            )
          }),
        )
      return steps.every(([change, moves], index) => {
        snapshot.apply(changesOf(index + 2, change))
        return !moves || agrees()
      })
    }),
    { numRuns: 300 },
  )
  t.ok(granted > 100, 'and often it is granted')
})
