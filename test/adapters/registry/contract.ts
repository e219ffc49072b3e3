import type { Test } from 'tap'
import type { Clock, RegistryStore, RegistryTransaction } from '../../../src/broker/ports.ts'
import type { Application } from '../../../src/domain/application.ts'
import type { Caller } from '../../../src/domain/caller.ts'
import { fail, ok } from '../../../src/domain/result.ts'
import type { Tenant } from '../../../src/domain/tenant.ts'
import { credentialOf } from '../entra/acquisition.ts'
import { makeCertificate } from '../x509/make-certificate.ts'

export const clock: Clock = { now: () => Date.UTC(2026, 10, 20, 12), monotonic: () => 0 }
const at = '2026-11-20T12:00:00.000Z'
const actor = { caller: 'operator', requestId: 'request-1' }

export function application(id: string, { revision }: { revision: number }): Application {
  return {
    uid: `uid-of-${id}`,
    id,
    clientId: `client-of-${id}`,
    cloud: 'usgov',
    displayName: 'Näme "quoted" \u2028',
    supportUrl: 'https://example.com/support',
    permissions: [
      { resource: 'graph', value: 'Mail.Read' },
      { resource: 'outlook', value: 'IMAP.AccessAsApp' },
    ],
    signingAlg: 'RS256',
    credentials: [],
    epoch: 1,
    revision,
    createdAt: at,
    updatedAt: at,
  }
}

function tenant(id: string, { revision }: { revision: number }): Tenant {
  return {
    uid: `uid-of-${id}`,
    id,
    directoryId: `directory-of-${id}`,
    cloud: 'usgov',
    displayName: 'Tenant',
    labels: { plan: 'pro', empty: '' },
    applications: ['one'],
    roleCheck: 'warn',
    enabled: false,
    epoch: 2,
    revision,
    createdAt: at,
    updatedAt: at,
  }
}

function caller(id: string, { revision }: { revision: number }): Caller {
  return {
    uid: `uid-of-${id}`,
    id,
    role: 'auditor',
    dialect: 'aurinko',
    enabled: true,
    grants: [
      { tenants: { kind: 'all' }, permissions: [{ resource: 'graph', value: 'Mail.Send' }], excess: 'allow' },
      { tenants: { kind: 'ids', ids: ['b', 'a'] }, permissions: [], excess: 'refuse' },
      { tenants: { kind: 'labels', labels: { plan: 'pro' } }, permissions: [], excess: 'refuse' },
    ],
    keys: [
      { id: `key-of-${id}`, sha256: 'f'.repeat(64), createdAt: at },
      { id: `brief-of-${id}`, sha256: 'e'.repeat(64), createdAt: '2026-11-20T12:00:01.000Z', expiresAt: at },
    ],
    revision,
    createdAt: at,
    updatedAt: at,
  }
}

async function fill(transaction: RegistryTransaction): Promise<void> {
  await transaction.insertApplication(application('one', transaction))
  await transaction.insertTenant(tenant('customer', transaction))
  await transaction.insertCaller(caller('person', transaction))
  const identity = { tenantUid: 'uid-of-customer', applicationUid: 'uid-of-one', resource: 'graph' } as const
  const failure = { code: 'entra_unavailable', at, traceId: 'trace' }
  await transaction.saveObservation({
    ...identity,
    roles: ['Mail.Read'],
    observedAt: at,
    failure,
    revision: transaction.revision,
  })
  await transaction.recordChange(actor, { action: 'filled', target: 'everything', after: { a: 1 } })
}

/** What the broker relies on, whichever database is behind. `open` gives a new, empty registry. */
export function registryContract(t: Test, open: (t: Test) => Promise<RegistryStore>): void {
  t.test('an empty registry has nothing, and a revision', async (t) => {
    const store = await open(t)
    const revision = await store.revision()
    const empty = { applications: [], tenants: [], callers: [], observations: [], tombstones: [] }
    t.strictSame(await store.changesSince(-1), { revision, ...empty })
  })

  t.test('what goes in comes out the same', async (t) => {
    const store = await open(t)
    const before = await store.revision()
    const committed = await store.commit(async (transaction) => {
      await fill(transaction)
      return ok(transaction.revision)
    })
    if (!committed.ok) return t.fail(committed.failure.code)
    const revision = committed.value
    t.equal(revision, before + 1)
    t.equal(await store.revision(), revision)
    const changes = await store.changesSince(before)
    t.strictSame(changes.applications, [application('one', { revision })])
    t.strictSame(changes.tenants, [tenant('customer', { revision })])
    t.strictSame(changes.callers, [caller('person', { revision })])
    t.match(changes.observations, [
      { roles: ['Mail.Read'], failure: { code: 'entra_unavailable', traceId: 'trace' } },
    ])
    const nothing = await store.changesSince(revision)
    t.match(nothing, { applications: [], tenants: [], callers: [], observations: [] })
  })

  t.test('a failure that the work returns, and a fault that it throws, undo all of it', async (t) => {
    const store = await open(t)
    const before = await store.changesSince(-1)
    const failed = await store.commit(async (transaction) => {
      await fill(transaction)
      return fail({ code: 'precondition_failed' })
    })
    t.strictSame(failed, { ok: false, failure: { code: 'precondition_failed' } })
    const fault = store.commit(async (transaction) => {
      await fill(transaction)
      throw new Error('a fault of the broker')
    })
    await t.rejects(fault, /a fault of the broker/)
    t.strictSame(await store.changesSince(-1), before)
    const next = await store.commit(async ({ revision }) => ok(revision))
    t.strictSame(next, ok(before.revision + 1), 'and the next one works')
  })

  t.test('a record is found by each of its names, in the transaction that made it', async (t) => {
    const store = await open(t)
    await store.commit(async (transaction) => {
      await fill(transaction)
      t.match(await transaction.application('one'), { uid: 'uid-of-one' })
      t.match(await transaction.applicationByClientId('usgov', 'client-of-one'), { id: 'one' })
      t.equal(await transaction.applicationByClientId('global', 'client-of-one'), undefined)
      t.match(await transaction.tenant('customer'), { applications: ['one'] })
      t.match(await transaction.tenantByDirectory('directory-of-customer'), { id: 'customer' })
      t.match(await transaction.caller('person'), { keys: [{ id: 'key-of-person' }, {}] })
      for (const name of ['nobody', "' or 1=1 --", '']) {
        t.equal(await transaction.application(name), undefined)
        t.equal(await transaction.tenant(name), undefined)
        t.equal(await transaction.caller(name), undefined)
      }
      return ok(undefined)
    })
  })

  t.test('a change of what belongs to a record shows the record as changed', async (t) => {
    const store = await open(t)
    const credential = credentialOf(await makeCertificate())
    await store.commit(async (transaction) => ok(await fill(transaction)))
    const since = await store.revision()
    await store.commit(async (transaction) => {
      const found = await transaction.application('one')
      if (found !== undefined) await transaction.insertCredential(found, { ...credential, state: 'pending' })
      return ok(undefined)
    })
    t.match(await store.changesSince(since), {
      applications: [{ id: 'one', revision: since + 1, credentials: [{ ...credential, state: 'pending' }] }],
      callers: [],
    })
    await store.commit(async (transaction) => {
      const found = await transaction.application('one')
      const changed = { ...credential, state: 'active', activatedAt: at } as const
      if (found !== undefined) await transaction.updateCredential(found, changed)
      const person = await transaction.caller('person')
      const key = { id: 'third', sha256: 'd'.repeat(64), createdAt: '2026-11-20T12:00:02.000Z' }
      if (person !== undefined) await transaction.insertKey(person, key)
      return ok(undefined)
    })
    const changes = await store.changesSince(since + 1)
    t.match(changes.applications[0]?.credentials, [{ state: 'active', activatedAt: at }])
    t.strictSame(
      changes.callers[0]?.keys.map(({ id }) => id),
      ['key-of-person', 'brief-of-person', 'third'],
    )
  })

  t.test('an observation replaces the one before', async (t) => {
    const store = await open(t)
    const identity = { tenantUid: 't', applicationUid: 'a', resource: 'outlook' } as const
    for (const seen of [{ failure: { code: 'x', at } }, { roles: [], observedAt: at }]) {
      await store.commit(async (transaction) => {
        await transaction.saveObservation({ ...identity, ...seen, revision: transaction.revision })
        return ok(undefined)
      })
    }
    const { observations } = await store.changesSince(0)
    t.equal(observations.length, 1)
    t.match(observations[0], { roles: [], observedAt: at })
    t.notOk(observations[0] !== undefined && 'failure' in observations[0])
  })

  t.test('fifty who commit at once queue: each has a revision and an epoch of its own', async (t) => {
    const store = await open(t)
    const before = await store.revision()
    const take = () =>
      store.commit(async (transaction) => ok([transaction.revision, await transaction.nextEpoch()]))
    const taken = await Promise.all(Array.from(Array(50), take))
    const pairs = taken.map((result) => (result.ok ? result.value : [])).sort(([a = 0], [b = 0]) => a - b)
    t.strictSame(
      pairs.map(([revision]) => revision),
      Array.from(Array(50), (_, index) => before + 1 + index),
    )
    const epochs = pairs.map(([, epoch = 0]) => epoch)
    t.equal(new Set(epochs).size, 50)
    t.strictSame(
      epochs,
      [...epochs].sort((a, b) => a - b),
    )
  })
}
