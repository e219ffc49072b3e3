import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type OpenDatabase, openRegistryStore } from '../../../src/adapters/registry/store.ts'
import type { RegistryStore } from '../../../src/broker/ports.ts'
import { systemClock } from '../../../src/compose.ts'
import type { Application, Credential } from '../../../src/domain/application.ts'
import type { Caller } from '../../../src/domain/caller.ts'
import { fail, ok } from '../../../src/domain/result.ts'
import type { Tenant } from '../../../src/domain/tenant.ts'

const at = '2026-11-20T12:00:00.000Z'
const actor = { caller: 'operator', requestId: 'r-1' }

export function anApplication(id: string, revision: number, more: Partial<Application> = {}): Application {
  return {
    uid: randomUUID(),
    id,
    clientId: randomUUID(),
    cloud: 'global',
    displayName: id,
    permissions: [
      { resource: 'graph', value: 'Mail.Read' },
      { resource: 'outlook', value: 'full_access_as_app' },
    ],
    signingAlg: 'PS256',
    credentials: [],
    epoch: 1,
    revision,
    createdAt: at,
    updatedAt: at,
    ...more,
  }
}

export function aTenant(id: string, revision: number, more: Partial<Tenant> = {}): Tenant {
  return {
    uid: randomUUID(),
    id,
    directoryId: randomUUID(),
    cloud: 'global',
    labels: { plan: 'gold' },
    applications: [],
    roleCheck: 'strict',
    enabled: true,
    epoch: 1,
    revision,
    createdAt: at,
    updatedAt: at,
    ...more,
  }
}

export function aCaller(id: string, revision: number, more: Partial<Caller> = {}): Caller {
  return {
    uid: randomUUID(),
    id,
    role: 'caller',
    enabled: true,
    grants: [
      {
        tenants: { kind: 'all' },
        permissions: [{ resource: 'graph', value: 'Mail.Read' }],
        excess: 'refuse',
      },
      { tenants: { kind: 'ids', ids: ['contoso'] }, permissions: [], excess: 'allow' },
      { tenants: { kind: 'labels', labels: { plan: 'gold' } }, permissions: [], excess: 'refuse' },
    ],
    keys: [{ id: randomUUID(), sha256: 'ab', createdAt: at, expiresAt: at }],
    revision,
    createdAt: at,
    updatedAt: at,
    ...more,
  }
}

function aCredential(): Credential {
  const id = randomUUID()
  return {
    uid: id,
    id: id.slice(0, 8),
    type: 'certificate',
    source: 'generated',
    state: 'active',
    thumbprintSha1: 'AB',
    thumbprintSha256: 'q80',
    certificatePem: 'public',
    notBefore: at,
    expiresAt: at,
    vaultName: `gtb-${id}`,
    vaultVersion: 'v',
    activatedAt: at,
    createdAt: at,
    updatedAt: at,
  }
}

/**
 * What every registry store must do, whatever database is under it. `open` opens the same empty database anew.
 * `replicas`: whether two stores may write at a time; the calls of SQLite block this process, and so each other.
 */
export function registryContract(t: Test, open: () => OpenDatabase, replicas: boolean): void {
  let store: RegistryStore
  t.beforeEach(async () => {
    store = await openRegistryStore(open(), systemClock)
  })
  t.afterEach(() => store.close())

  t.test('what was saved is read back whole, by this store and by one that is opened later', async (t) => {
    const since = await store.revision()
    let application = anApplication('a', 0)
    let tenant = aTenant('t', 0)
    let caller = aCaller('c', 0)
    await store.commit(async (tx) => {
      application = {
        ...application,
        credentials: [aCredential()],
        supportUrl: 'https://a.example',
        revision: tx.revision,
      }
      tenant = { ...tenant, applications: ['a'], displayName: 'Tenant', revision: tx.revision }
      caller = { ...caller, dialect: 'aurinko', revision: tx.revision }
      await tx.saveApplication(application)
      await tx.saveTenant(tenant)
      await tx.saveCaller(caller)
      return ok(undefined)
    })
    const later = await openRegistryStore(open(), systemClock)
    for (const reader of [store, later]) {
      const changes = await reader.changesSince(since)
      t.same(changes.applications, [application])
      t.same(changes.tenants, [tenant])
      t.same(changes.callers, [caller])
      t.equal(changes.revision, since + 1)
    }
    await later.close()
  })

  t.test('a record that is saved again is replaced, with all that belongs to it', async (t) => {
    const since = await store.revision()
    const caller = aCaller('replaced', 0)
    await store.commit(async (tx) => ok(await tx.saveCaller({ ...caller, revision: tx.revision })))
    await store.commit(async (tx) =>
      ok(await tx.saveCaller({ ...caller, grants: [], keys: [], revision: tx.revision })),
    )
    const { callers } = await store.changesSince(since)
    t.match(callers, [{ id: 'replaced', grants: [], keys: [], revision: since + 2 }])
  })

  t.test('a failure, an error and a transaction that wrote nothing leave no trace', async (t) => {
    const before = await store.revision()
    const failed = await store.commit(async (tx) => {
      await tx.saveTenant(aTenant('half', tx.revision))
      await tx.recordChange(actor, { action: 'tenant.created', target: 'tenants/half' })
      return fail({ code: 'precondition_failed' })
    })
    t.same(failed, { ok: false, failure: { code: 'precondition_failed' } })
    const broken = store.commit(async (tx) => {
      await tx.saveTenant(aTenant('half', tx.revision))
      throw new Error('a fault of ours')
    })
    await t.rejects(broken, /a fault of ours/)
    t.same(await store.commit(async () => ok('read')), { ok: true, value: 'read' })
    t.equal(await store.revision(), before)
    t.same((await store.changesSince(before)).tenants, [])
    t.same(await store.changes({ target: 'tenants/half', limit: 10 }), { ok: true, value: [] })
  })

  t.test('a removal leaves a tombstone, takes what belongs to the record, and frees its names', async (t) => {
    const since = await store.revision()
    const application = anApplication('gone', 0, { credentials: [aCredential()] })
    const tenant = aTenant('gone', 0, { applications: ['gone'] })
    const caller = aCaller('gone', 0)
    await store.commit(async (tx) => {
      await tx.saveApplication({ ...application, revision: tx.revision })
      await tx.saveTenant({ ...tenant, revision: tx.revision })
      await tx.saveCaller({ ...caller, revision: tx.revision })
      const { uid: tenantUid } = tenant
      await tx.saveObservation({
        tenantUid,
        applicationUid: application.uid,
        resource: 'graph',
        roles: [],
        revision: tx.revision,
      })
      return ok(undefined)
    })
    await store.commit(async (tx) => {
      await tx.removeTenant(tenant)
      await tx.removeCaller(caller)
      await tx.removeApplication(application)
      return ok(undefined)
    })
    const changes = await store.changesSince(since)
    t.same([changes.applications, changes.tenants, changes.callers, changes.observations], [[], [], [], []])
    t.same(
      new Set(changes.tombstones.map(({ kind, uid }) => `${kind} ${uid}`)),
      new Set([`application ${application.uid}`, `tenant ${tenant.uid}`, `caller ${caller.uid}`]),
    )
    const again = await store.commit(async (tx) => {
      await tx.saveApplication({ ...application, uid: randomUUID(), credentials: [], revision: tx.revision })
      return ok(undefined)
    })
    t.ok(again.ok)
  })

  t.test('epochs are never given twice, not even after what took them was undone', async (t) => {
    const take = () =>
      store.commit(async (tx) => {
        const epoch = await tx.nextEpoch()
        await tx.recordChange(actor, { action: 'epoch.taken', target: `epochs/${epoch}` })
        return ok(epoch)
      })
    const taken = await Promise.all(Array.from({ length: 20 }, take))
    t.equal(new Set(taken.map((result) => (result.ok ? result.value : -1))).size, 20)
  })

  t.test(
    'who uses a record is known: tenants of an application, callers whose grants name a tenant',
    async (t) => {
      await store.commit(async (tx) => {
        const application = anApplication('used', tx.revision)
        await tx.saveApplication(application)
        await tx.saveTenant(aTenant('user-b', tx.revision, { applications: ['used'] }))
        await tx.saveTenant(aTenant('user-a', tx.revision, { applications: ['used'] }))
        const grants = [
          { tenants: { kind: 'ids', ids: ['user-a', 'later'] }, permissions: [], excess: 'refuse' },
        ] as const
        await tx.saveCaller(aCaller('granted', tx.revision, { grants, role: 'operator' }))
        t.same(await tx.tenantsOf(application), ['user-a', 'user-b'])
        t.same(await tx.callersGranted('user-a'), ['granted'])
        t.same(await tx.callersGranted('later'), ['granted'])
        t.same(await tx.callersGranted('user-b'), [])
        t.match(
          (await tx.operators()).filter(({ id }) => id === 'granted'),
          [{ id: 'granted' }],
        )
        return ok(undefined)
      })
    },
  )

  t.test('changes are read newest first, by actor, target, time and place', async (t) => {
    for (const target of ['tenants/x1', 'callers/x2', 'callers/x2/keys/k', 'callers/x20']) {
      await store.commit(async (tx) => {
        const change = { action: 'thing.done', target, before: { was: target }, after: { is: target } }
        await tx.recordChange({ caller: 'somebody', requestId: target }, change)
        return ok(undefined)
      })
    }
    const read = async (query: object) => {
      const found = await store.changes({ actor: 'somebody', limit: 100, ...query })
      return found.ok ? found.value : []
    }
    const all = await read({})
    t.same(
      all.map(({ target }) => target),
      ['callers/x20', 'callers/x2/keys/k', 'callers/x2', 'tenants/x1'],
    )
    t.match(all[0], {
      action: 'thing.done',
      before: { was: 'callers/x20' },
      after: { is: 'callers/x20' },
      requestId: 'callers/x20',
    })
    t.same(
      (await read({ target: 'callers/x2' })).map(({ target }) => target),
      ['callers/x2/keys/k', 'callers/x2'],
    )
    t.same(
      (await read({ limit: 1, ...(all[1] && { before: all[1] }) })).map(({ target }) => target),
      ['callers/x2'],
    )
    t.equal((await read({ since: '2999-01-01T00:00:00.000Z' })).length, 0)
    t.equal((await read({ until: '1999-01-01T00:00:00.000Z' })).length, 0)
    t.equal((await read({ actor: 'nobody' })).length, 0)
  })

  t.test(
    'two writers on one record, 200 rounds: one wins each round and no revision is skipped',
    async (t) => {
      const other = replicas ? await openRegistryStore(open(), systemClock) : store
      const tenant = aTenant('contested', 0)
      await store.commit(async (tx) => ok(await tx.saveTenant({ ...tenant, revision: tx.revision })))
      for (let round = 0; round < 200; round += 1) {
        const read = await store.commit(async (tx) => ok(await tx.tenant('contested')))
        const expected = read.ok ? read.value?.revision : undefined
        const write = (writer: RegistryStore) =>
          writer.commit(async (tx) => {
            const current = await tx.tenant('contested')
            if (current === undefined || current.revision !== expected)
              return fail({ code: 'precondition_failed' })
            return ok(await tx.saveTenant({ ...current, revision: tx.revision }))
          })
        const results = await Promise.all([write(store), write(other)])
        if (results.filter((result) => result.ok).length !== 1) t.fail(`round ${round}`)
      }
      t.pass('exactly one won each time')
      if (replicas) await other.close()
    },
  )
}
